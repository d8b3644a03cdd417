package octopush

import (
	"context"
	"net/http"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// CallbackURLs are the addresses that the account's reports go to. The names are those of
// the service (doc; that the answer has them, too, is inferred).
type CallbackURLs struct {
	Deliveries string `json:"callback_url_for_deliveries"`
	OptOuts    string `json:"callback_url_for_blacklisted_numbers"`
	Replies    string `json:"callback_url_for_inbounds"`
}

// CallbackURLs asks where the account's reports go: GET /user/campaign-parameters (doc).
func (c *Client) CallbackURLs(ctx context.Context) (CallbackURLs, record.Outcome) {
	var urls CallbackURLs
	o := c.do(ctx, endpoint{
		ask: func(record.Request) (question, error) {
			return question{method: http.MethodGet, path: "user/campaign-parameters"}, nil
		},
		read: func(f fields, _ *record.Outcome) error {
			urls = CallbackURLs{
				Deliveries: f.get("callback_url_for_deliveries").text, OptOuts: f.get("callback_url_for_blacklisted_numbers").text,
				Replies: f.get("callback_url_for_inbounds").text,
			}
			return nil
		},
	}, record.Request{Call: campaign.CallBalance}) // it changes nothing either
	return urls, o
}

// SetCallbackURLs sets them: PATCH /user/campaign-parameters/edit (doc). It may be
// repeated.
func (c *Client) SetCallbackURLs(ctx context.Context, urls CallbackURLs) record.Outcome {
	return c.do(ctx, endpoint{
		ask: func(record.Request) (question, error) {
			return question{method: http.MethodPatch, path: "user/campaign-parameters/edit", body: urls}, nil
		},
		read: func(fields, *record.Outcome) error { return nil },
	}, record.Request{Call: campaign.CallCancel}) // an answer without a body is a good one, too
}
