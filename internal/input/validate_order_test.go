package input_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/campaigntest"
	"github.com/octoq/octoq/internal/input"
	"github.com/octoq/octoq/internal/record"
)

// Times that contradict each other are refused by every reader, and by an edit;
// a campaign that is queued already goes on as it did.
func TestTimesThatContradictEachOther(t *testing.T) {
	t.Parallel()
	const (
		send    = "2030-06-01T09:00:00+02:00"
		expires = "expires_at: is before send_at"
		never   = "not_before: is after send_at, and late is dead"
	)
	for name, tt := range map[string]struct{ sendAt, notBefore, expiresAt, late, want string }{
		"expiry before send_at":           {sendAt: send, expiresAt: "2030-06-01T08:59:59+02:00", want: expires},
		"the day before":                  {sendAt: send, expiresAt: "2030-05-31T12:00:00+02:00", want: expires},
		"earlier, though the clock later": {sendAt: send, expiresAt: "2030-06-01T09:30:00+03:00", want: expires},
		"between not_before and send_at":  {sendAt: send, notBefore: "2030-06-01T07:00:00+02:00", expiresAt: "2030-06-01T08:00:00+02:00", want: expires},
		"begins late, and late is dead":   {sendAt: send, notBefore: "2030-06-01T10:00:00+02:00", late: campaign.LateDead, want: never},
		"expiry at send_at":               {sendAt: send, expiresAt: "2030-06-01T07:00:00Z"},
		"later, though the clock earlier": {sendAt: send, expiresAt: "2030-06-01T08:30:00+01:00"},
		"begins late, and is sent late":   {sendAt: send, notBefore: "2030-06-01T10:00:00+02:00", late: campaign.LateSend},
		"begins within the tolerance":     {sendAt: send, notBefore: "2030-06-01T09:01:00+02:00", late: campaign.LateDead},
	} {
		values := map[string]string{"send_at": tt.sendAt, "not_before": tt.notBefore, "expires_at": tt.expiresAt, "late": tt.late}
		members := []string{campaigntest.DocumentedJSON[:len(campaigntest.DocumentedJSON)-1]}
		edit := input.Edit(campaigntest.Documented())
		for field, value := range values {
			edit.Set(field, value)
			if value != "" {
				members = append(members, `"`+field+`":"`+value+`"`)
			}
		}
		_, byEdit := edit.Campaign()
		_, byFile := input.Decode([]byte(strings.Join(members, ",") + "}"))
		queued := withTimes(t, campaigntest.Documented(), tt.sendAt, tt.notBefore, tt.expiresAt, tt.late)
		for way, err := range map[string]error{"edit": byEdit, "file": byFile, "Go": queued.Validate()} {
			if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, campaign.ErrInvalid) || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%s, %s: got %v, want %q", name, way, err, tt.want)
			}
		}
		if err := record.ValidateQueued(queued); err != nil {
			t.Errorf("%s, queued: got %v, want it to go on", name, err)
		}
	}
}

func withTimes(t *testing.T, c campaign.Campaign, send, notBefore, expires, late string) campaign.Campaign {
	t.Helper()
	for field, at := range map[*time.Time]string{&c.SendAt: send, &c.NotBefore: notBefore, &c.ExpiresAt: expires} {
		if at == "" {
			continue
		}
		var err error
		if *field, err = time.Parse(time.RFC3339, at); err != nil {
			t.Fatal(err)
		}
	}
	c.Late = late
	return c
}
