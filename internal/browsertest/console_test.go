package browsertest

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/octoq/octoq/campaign"
)

// A person works with the console, from signing in to changing the password.
func TestAPersonWorksWithTheConsole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	manual := func(id string) campaign.Campaign {
		c := offer(id, "Spring sale: 20% off everything this week.")
		c.Confirm = campaign.ConfirmManual
		return c
	}
	for _, id := range []string{"spring-sale-fr", "spring-sale-es", "autumn-1", "autumn-2", "autumn-3"} {
		s.enqueue(manual(id), campaign.StateAwaitingApproval)
	}
	noStop := alert("summer-sale", "Summer sale: everything must go!")
	noStop.Purpose = campaign.PurposeWholesale
	s.enqueue(noStop, campaign.StateDead)
	p := newPerson(t, s)
	p.signsIn("a wrong password")
	p.sees("Wrong user or password.")
	p.signsIn(password)
	p.sees("What needs a person")
	for _, part := range []struct {
		what string
		do   func(*person)
	}{
		{"find, approve and reject", decides}, {"change a letter and replay it", repairs}, {"upload a spreadsheet", uploads},
		{"cancel by filter", cancels}, {"set a schedule", schedules}, {"stop an account", holds}, {"add a budget", budgets}, {"make a token", tokens},
		{"write one campaign", writes}, {"look at all pages", looks}, {"try the HTTP API", tries}, {"use the keyboard alone", types}, {"change the password", changes},
	} {
		began := time.Now()
		part.do(p)
		t.Logf("%s: %.1f s", part.what, time.Since(began).Seconds())
	}
}

func decides(p *person) {
	p.opens("/campaigns")
	p.fills("//form[@role='search']", "Part of the id", "sale-fr")
	p.presses("Find", "spring-sale-fr")
	p.becomes("nothing else is found", `[...document.querySelectorAll("#found tbody th")].map((c) => c.innerText).join() === "spring-sale-fr"`)
	p.presses("spring-sale-fr", "Text, as it will be read")
	for _, text := range []string{"Spring sale: 20% off everything this week.", "1 SMS", "€", "list customers", "as soon as it is approved"} {
		p.sees(text)
	}
	p.site.signals(syscall.SIGSTOP) // the page is to be there before the campaign is sent
	p.presses("Approve: send to", "Approved.")
	p.site.signals(syscall.SIGCONT)
	p.sees("Campaign spring-sale-fr") // said by itself, once a worker has sent it
	p.site.reaches("spring-sale-fr", campaign.StateSent)
	p.opens("/campaigns/default/spring-sale-es")
	p.presses("Reject", "Why")
	p.fills("//details[@open]", "Why", "the wrong week")
	p.presses("Reject campaign", "Rejected")
	p.site.reaches("spring-sale-es", campaign.StateCancelled)
}

func repairs(p *person) {
	p.opens("/letters")
	p.presses("summer-sale", "Change it")
	p.presses("Change it", "Save the change")
	p.fills("//details[@open]", "Text", "Summer sale: everything must go! STOP au 30101")
	p.presses("Save the change", "Saved.")
	p.presses("Replay: send 1 campaign", "A worker starts its next run.")
	p.site.reaches("summer-sale", campaign.StateSent)
	p.sees("sent") // the page follows
}

// sheet is a spreadsheet of some lines.
func sheet(lines ...string) string {
	return "id,list_name,text,type,purpose\n" + strings.Join(lines, "\n") + "\n"
}

func uploads(p *person) {
	faulty := []string{
		"up-1,customers,Hello 1.,sms_premium,alert", "u p,customers,Hello 2.,sms_premium,alert", "up-3,,Hello 3.,sms_premium,alert", "up-4,customers,,sms_premium,alert",
		"up-5,customers,Hello 5.,sms_gold,alert", "up-6,customers,Hello 6.,sms_premium,spam", "up-7," + strings.Repeat("x", 40) + ",Hello 7.,sms_premium,alert",
		"up/8,customers,Hello 8.,sms_premium,alert", "up-9,customers," + strings.Repeat("y", 1300) + ",sms_premium,alert", "up-10,customers,Hello 10.,,alert", "up-11,customers,Hello 11.,sms_premium,",
	}
	var fine []string
	for i, text := range strings.Split("abcdefghijk", "") {
		fine = append(fine, "up-"+text+",customers,Hello "+text+".,sms_premium,"+[]string{"alert", "alert"}[i%2])
	}
	p.opens("/new")
	p.do("choose a file", chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{p.site.file("faulty.csv", sheet(faulty...))}))
	p.presses("Check", "10 lines of faulty.csv have faults, 1 have none. Nothing was enqueued.")
	for _, text := range []string{"sms_gold", "up-6,customers,Hello 6.,sms_premium,spam", "purpose"} {
		p.sees(text)
	}
	p.do("mend it", chromedp.SetValue(chromedp.CSS("textarea[name=content]"), sheet(fine...)))
	p.do("check it", chromedp.Click(`//section[@aria-labelledby="many-h"]//button[normalize-space(.)="Check"]`))
	p.sees("All 11 lines of faulty.csv are fine.")
	p.presses("Enqueue 11 campaigns", "11 campaigns were enqueued")
	p.opens("/campaigns?id_part=up-")
	p.becomes("all are sent", `document.querySelectorAll("main .badge.sent").length === 11`) // the page follows
}

func cancels(p *person) {
	p.opens("/actions")
	p.chooses("Action", "cancel")
	p.fills("//section[@aria-labelledby='which-h']", "Part of the id", "autumn-")
	p.presses("Dry run", "Dry run: nothing has happened yet")
	p.sees("autumn-2")
	p.presses("cancel 3 campaigns now", "cancel 3 campaigns")
	for _, id := range []string{"autumn-1", "autumn-2", "autumn-3"} {
		p.site.reaches(id, campaign.StateCancelled)
	}
	p.sees("done")
}

func schedules(p *person) {
	p.opens("/schedules")
	const form = "//section[@aria-labelledby='add-h']"
	p.fills(form, "Name", "monday-news")
	p.fills(form, "Text", "News of the week. STOP au 30101")
	p.fills(form, "List", "customers")
	p.presses("Set the schedule", "The schedule is set.")
	p.sees("Next ticks")
	p.becomes("its ticks are in the calendar", `document.querySelectorAll(".calendar li").length >= 4`)
	p.presses("Pause", "The schedule is paused.")
}

func holds(p *person) {
	p.opens("/accounts")
	p.fills("//section[@id='default']", "Why", "a look at the bill")
	p.presses("Stop account default", "The account is stopped.")
	p.sees("a look at the bill")
	p.presses("Lift the hold", "The hold is lifted.")
}

func budgets(p *person) {
	p.opens("/accounts")
	p.presses("Add a budget to default", "Budget's name")
	const form = "//details[@open]"
	p.fills(form, "Budget's name", "parcels")
	p.fills(form, "Amount, in €", "12.50")
	p.fills(form, "Label", "team=parcels")
	p.chooses("What does not fit", "wait")
	p.presses("Add the budget to default", "The budget is set.")
	for _, text := range []string{"0 % used or reserved: 0.00 € used, 0.00 € reserved, of 12.50 €", "waits for the next period"} {
		p.sees(text)
	}
}

func tokens(p *person) {
	p.opens("/admin")
	p.presses("Add a token", "Token's roles")
	p.fills("//details[@open]", "Token's name", "shop-1")
	p.presses("Make the token", "shown this once")
	token := evaluated[string](p, `document.getElementById("token").innerText`)
	if !strings.HasPrefix(token, "octoq_") {
		p.t.Errorf("got the token %q, want one that begins with octoq_", token)
	}
	p.opens("/admin")
	p.sees("shop-1")
	text := evaluated[string](p, `document.documentElement.innerHTML`)
	if strings.Contains(text, token) {
		p.t.Error("the token is shown a second time")
	}
}

func writes(p *person) {
	p.opens("/new")
	const form = "//section[@aria-labelledby='one-h']"
	p.do("type", chromedp.SendKeys(chromedp.CSS("textarea[name=text]"), "Привет! "+strings.Repeat("x", 70)))
	p.sees("2 SMS") // measured while typing
	p.fills(form, "Text", "Your parcel arrives today.")
	p.fills(form, "List", "customers")
	p.chooses("Purpose", "alert")
	p.fills(form, "Id", "parcel-today")
	p.presses("Enqueue 1 campaign", "Enqueued.")
	p.site.reaches("parcel-today", campaign.StateSent)
}

func changes(p *person) {
	const other = "another battery staple"
	p.opens("/me")
	const form = "//section[@aria-labelledby='pw-h']"
	for label, text := range map[string]string{"Present password": password, "New password 12": other, "New password again": other} {
		p.fills(form, label, text)
	}
	p.do("change it", chromedp.Click(`//button[contains(., "Change the password")]`), chromedp.WaitVisible(chromedp.CSS("input[name=user]")))
	p.signsIn(password)
	p.sees("Wrong user or password.")
	p.signsIn(other)
	p.sees("What needs a person")
	p.do("sign out", chromedp.Click(`//button[contains(., "Sign out")]`), chromedp.WaitVisible(chromedp.CSS("input[name=user]")))
}
