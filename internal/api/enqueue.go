package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
	"github.com/octoq/octoq/internal/content"
	"github.com/octoq/octoq/internal/input"
)

type putInput struct {
	CampaignPath
	CampaignBody
}

// CampaignBody is a campaign on its way in.
type CampaignBody struct {
	Prefer  string `header:"Prefer" doc:"durable waits until the campaign is on Redis's disk, durable=replicas:N until N replicas have it" example:"durable"`
	RawBody []byte
}

type postInput struct {
	Account string `path:"account"`
	Key     string `header:"Idempotency-Key" doc:"1 to 255 printable ASCII characters; the campaign's id is made from it"`
	CampaignBody
}

func (a *Endpoints) put(ctx context.Context, in *putInput) (*recordAnswer, error) {
	c, err := in.campaign()
	if err != nil {
		return nil, a.problem(err)
	}
	if err := ofPath(&c, in.Account, in.ID); err != nil {
		return nil, err
	}
	return a.enqueue(ctx, c, in.Prefer)
}

func (a *Endpoints) post(ctx context.Context, in *postInput) (*recordAnswer, error) {
	c, err := in.campaign()
	if err != nil {
		return nil, a.problem(err)
	}
	id := c.ID
	if in.Key != "" {
		if id, err = idOfKey(in.Key, c.ID); err != nil {
			return nil, err
		}
	}
	if err := ofPath(&c, in.Account, id); err != nil {
		return nil, err
	}
	return a.enqueue(ctx, c, in.Prefer)
}

// campaign reads the body.
func (b CampaignBody) campaign() (campaign.Campaign, error) {
	return input.Decoder{Nulls: true}.Decode(b.RawBody)
}

// ofPath gives a campaign the account and id of its path. Those of the body, where it
// has them, must be the same.
func ofPath(c *campaign.Campaign, account, id string) error {
	p := unprocessable("Body and path name two campaigns.")
	if c.Account != "" && c.Account != account {
		p.Errors = append(p.Errors, fault("account", "is not that of the path"))
	}
	if c.ID != "" && c.ID != id {
		p.Errors = append(p.Errors, fault("id", "is not that of the path"))
	}
	if len(p.Errors) > 0 {
		return p
	}
	c.Account, c.ID = account, id
	return nil
}

// idOfKey makes an id of an idempotency key: the same one each time.
func idOfKey(key, inBody string) (string, error) {
	const longest, first, last = 255, ' ', '~'
	if len(key) > longest || strings.ContainsFunc(key, func(r rune) bool { return r < first || r > last }) {
		return "", noKey()
	}
	if inBody != "" {
		return "", unprocessable("With an Idempotency-Key the id is made from the key: leave id out, or PUT the campaign under its id.",
			fault("id", "is given beside an Idempotency-Key"))
	}
	sum := sha256.Sum256([]byte(key))
	const digits = 16
	return "key-" + hex.EncodeToString(sum[:digits]), nil
}

// enqueue enqueues a campaign, and answers with its record.
func (a *Endpoints) enqueue(ctx context.Context, c campaign.Campaign, prefer string) (*recordAnswer, error) {
	client, err := a.client(ctx)
	if err != nil {
		return nil, a.problem(err)
	}
	options, err := preferences(prefer)
	if err != nil {
		return nil, err
	}
	c = a.config.Caller(ctx).Force(c)
	receipt, err := client.Enqueue(ctx, c, options...)
	status := http.StatusCreated
	switch {
	case same(err):
		status = http.StatusOK
		receipt.Account, receipt.ID = c.Account, c.ID
	case err != nil:
		return nil, a.problem(err)
	}
	return a.enqueued(ctx, status, c, receipt), nil
}

// enqueued answers with the record. The campaign is in Redis by now, so the answer
// does not hang on the record being read.
func (a *Endpoints) enqueued(ctx context.Context, status int, c campaign.Campaign, receipt enqueue.Receipt) *recordAnswer {
	r, err := a.config.Client.Get(ctx, receipt.Account, receipt.ID)
	if err != nil {
		c = content.WithDefaults(c)
		c.ID = receipt.ID
		r = campaign.Record{Campaign: c, State: campaign.StateQueued}
		if receipt.State != "" {
			r.State = receipt.State
		}
	}
	warnings := slices.Concat(receipt.Warnings, staysEnded(r.State))
	location := "/v1/accounts/" + url.PathEscape(r.Account()) + "/campaigns/" + url.PathEscape(r.ID())
	return &recordAnswer{Status: status, Location: location, ETag: etag(r), Body: known{ReportedRecord: admin.ReportedRecord{Record: r}, Warnings: warnings}}
}

// staysEnded warns the producer that enqueues again what has ended without being sent.
func staysEnded(state campaign.State) []campaign.Warning {
	if state != campaign.StateDead && state != campaign.StateCancelled {
		return nil
	}
	return []campaign.Warning{{Field: "id", Problem: fmt.Sprintf("the campaign is %s and stays so: nothing was enqueued", state)}}
}

// preferences are the options that a Prefer header asks for. What is not known in it
// is not octoq's.
func preferences(header string) ([]enqueue.Option, error) {
	for preference := range strings.SplitSeq(header, ",") {
		preference, _, _ = strings.Cut(preference, ";") // behind it are parameters, and durable has none
		name, value, _ := strings.Cut(preference, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "durable") {
			continue
		}
		how, err := durability(strings.Trim(strings.TrimSpace(value), `"`))
		if err != nil {
			return nil, newProblem(http.StatusBadRequest, "", "Prefer: "+err.Error())
		}
		return []enqueue.Option{enqueue.Durable(how)}, nil
	}
	return nil, nil
}

func durability(value string) (enqueue.DurableOption, error) {
	if value == "" || value == "disk" {
		return enqueue.OnDisk(), nil
	}
	count, ok := strings.CutPrefix(value, "replicas:")
	n, err := strconv.Atoi(count)
	if !ok || err != nil || n < 1 {
		return nil, errors.New("durable is alone, disk, or replicas:N with N of 1 or more")
	}
	return enqueue.OnReplicas(n), nil
}
