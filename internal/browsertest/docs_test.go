package browsertest

import (
	"github.com/chromedp/chromedp"

	"github.com/octoq/octoq/campaign"
)

// tries has the page about the HTTP API send requests: in the name of who is signed in, and
// of a token that is none.
func tries(p *person) {
	p.opens("/docs")
	send := func(operation, want string, values map[string]string) {
		p.t.Helper()
		part := `//section[@id="` + operation + `"]`
		p.do("open the form of "+operation, chromedp.Evaluate[chromedp.Void](`document.querySelector("#`+operation+` details").open = true`))
		for label, value := range values {
			p.fills(part, label, value)
		}
		p.do("send "+operation, chromedp.Click(part+`//button`))
		p.becomes(operation+" answers "+want, `document.querySelector("#`+operation+` output").innerText.includes(`+quoted(want)+`)`)
	}
	const order = `{"list_name":"vips","text":"Hello <b>you</b>","type":"sms_premium","purpose":"alert"}`
	send("put-campaign", "201 Created", map[string]string{"account": "default", "id": "tried", "Body": order})
	send("put-campaign", "200 OK", nil)
	send("put-campaign", "422 ", map[string]string{"Body": `{"list_name":"vips"}`})
	p.site.reaches("tried", campaign.StateSent)
	send("list-campaigns", `"id":"tried"`, map[string]string{"account": "default", "state": "sent, dead", "id_prefix": "tr"})
	send("get-campaign", "404 ", map[string]string{"account": "default", "id": "a/b?c"})
	p.fills("", "Token", "octoq_live_none")
	send("get-campaign", "401 ", nil)
}
