package console

import "net/http"

// holdAll stops all accounts at once.
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

// onAll changes all accounts, if they are those that the form was made from.
func (v *visit) onAll(what string, q apiRequest) error {
	return v.onAccounts(what, q, func() (any, error) { return v.accountNames() })
}

// accountNames are the accounts that the caller may see.
func (v *visit) accountNames() ([]string, error) {
	var all struct{ Items []struct{ Account string } }
	_, err := v.ask(apiRequest{path: "/v1/accounts?brief=true", into: &all})
	var names []string
	for _, item := range all.Items {
		names = append(names, item.Account)
	}
	return names, err
}
