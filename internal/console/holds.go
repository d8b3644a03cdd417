package console

import "net/http"

// holdAll stops all accounts at once, if they are those that the form was made from.
func (v *visit) holdAll() error {
	body := map[string]any{}
	if message := v.field("message"); message != "" {
		body["message"] = message
	}
	return v.onAll("hold-all", apiRequest{method: http.MethodPut, path: "/v1/hold", body: body})
}

func (v *visit) liftAll() error {
	return v.onAll("lift-all", apiRequest{method: http.MethodDelete, path: "/v1/hold"})
}

// onAll changes all accounts.
func (v *visit) onAll(what string, q apiRequest) error {
	tag, err := v.seenTag()
	if err == nil {
		var names []string
		if names, err = v.accountNames(); err == nil && tagOf(names) != tag {
			err = outdated()
		}
	}
	if err == nil {
		_, err = v.ask(q)
	}
	alert, err := refused(err)
	switch {
	case err != nil:
		return err
	case alert != nil:
		return v.showAccounts(accountsBody{}, alert)
	}
	return v.leadTo("/accounts", done(what))
}

// accountNames are the accounts that the caller may see.
func (v *visit) accountNames() ([]string, error) {
	var names struct{ Items []string }
	_, err := v.ask(apiRequest{path: "/v1/accounts", into: &names})
	return names.Items, err
}
