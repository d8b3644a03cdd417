package console

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// decide carries out a decision that says nothing but why.
func decide(name string) func(*visit) error {
	return func(v *visit) error { return v.decide(name, withReason(v.field("reason"))) }
}

// withReason is the body of a decision.
func withReason(reason string) map[string]any {
	body := map[string]any{}
	if reason != "" {
		body["reason"] = reason
	}
	return body
}

// decide decides on the campaign of the path, as it was when the form was made.
func (v *visit) decide(name string, body map[string]any) error {
	tag, err := v.seenTag()
	if err == nil {
		_, err = v.ask(apiRequest{method: http.MethodPost, path: v.campaignPath() + "/" + name, ifMatch: tag, body: body})
	}
	return v.decided(name, err)
}

// campaignPath is where the API has the campaign of the path.
func (v *visit) campaignPath() string {
	return pathOf("accounts", v.account, "campaigns", v.r.PathValue("id"))
}

// decided leads back to where the button was, or shows why nothing was done.
func (v *visit) decided(name string, err error) error {
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil:
		return v.showCampaign(alert)
	case v.field("back") == "approvals":
		query := done(name)
		query.Set("account", v.account)
		return v.leadTo("/approvals", query)
	default:
		return v.leadTo("/campaigns/"+v.account+"/"+v.r.PathValue("id"), done(name))
	}
}

// approve says yes to the price that the form showed, or to a bound.
func (v *visit) approve() error {
	body := map[string]any{}
	for _, name := range []string{"cost", "up_to"} {
		if amount := v.field(name); amount != "" {
			body[name] = amount
		}
	}
	if n, err := strconv.Atoi(v.field("number_of_contacts")); err == nil {
		body["number_of_contacts"] = n
	}
	if v.field("force") != "" {
		body["force"] = true
	}
	return v.decide("approve", body)
}

// replay starts the next run of a dead campaign.
func (v *visit) replay() error {
	body := withReason(v.field("reason"))
	if v.field("force") != "" {
		body["force"] = true
	}
	return v.decide("replay", body)
}

// mend changes those fields of a dead campaign that the form has otherwise than the
// record it was made from.
func (v *visit) mend() error {
	tag, err := v.seenTag()
	if err != nil {
		return v.decided("mend", err)
	}
	r, err := v.record(v.r.PathValue("id"))
	if err != nil {
		return err
	}
	patch, err := v.patch(r)
	if err != nil {
		return err
	}
	_, err = v.ask(apiRequest{method: http.MethodPatch, path: v.campaignPath(), kind: "application/merge-patch+json", ifMatch: tag, body: patch})
	return v.decided("mend", err)
}

// patch are the fields that differ, as a merge patch: null takes one out.
func (v *visit) patch(r seenRecord) (map[string]any, error) {
	b, err := json.Marshal(r.Campaign)
	if err != nil {
		return nil, err
	}
	known := map[string]any{}
	if err := json.Unmarshal(b, &known); err != nil {
		return nil, err
	}
	patch := map[string]any{}
	for _, name := range textFields() {
		if _, given := v.r.PostForm[name]; !given {
			continue
		}
		said, was := v.value(name), ""
		if known[name] != nil {
			was, _ = known[name].(string)
		}
		if said == was {
			continue
		}
		patch[name] = said
		if said == "" {
			patch[name] = nil
		}
	}
	return patch, nil
}

// textFields are the fields of a campaign that forms have as texts.
func textFields() []string {
	return []string{"text", "list_name", "tag_name", "sender", "type", "purpose", "send_at", "not_before", "expires_at", "window", "confirm"}
}

// value is what a form says of a field. Browsers end the lines of a text in two
// characters, which an SMS would pay for.
func (v *visit) value(name string) string {
	if name == "text" {
		return unixLines(v.r.PostFormValue(name))
	}
	return v.field(name)
}
