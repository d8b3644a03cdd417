package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/knadh/koanf/v2"
	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/callback"
	"github.com/octoq/octoq/internal/web"
	"github.com/octoq/octoq/worker"
)

func newCallbacks() *cobra.Command {
	c := &cobra.Command{
		Use: "callbacks", Short: "see and set where Octopush reports to", Args: cobra.ArbitraryArgs, RunE: unknownCommand,
		Long: "Octopush reports what became of messages to addresses of the account. These commands\nask Octopush's API, by the credentials of the settings, and use no Redis.\n\n" + exitHelp,
	}
	c.AddCommand(newCallbacksShow(), newCallbacksSet())
	return c
}

func newCallbacksShow() *cobra.Command {
	c := &cobra.Command{
		Use: "show", Short: "show where Octopush reports to", Args: exactArgs(0, "no arguments: name the account by --account"),
		Long: "Shows the addresses that Octopush has for the account. Secrets in them are masked.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error { return callbacksBy(c, askCallbacks) },
	}
	addAPIAccount(c)
	return c
}

func newCallbacksSet() *cobra.Command {
	c := &cobra.Command{
		Use: "set", Short: "have Octopush report to octoq web", Args: exactArgs(0, "no arguments: name the account by --account"),
		Long: "Gives Octopush the addresses of the account below public_url, with the secret that is\nderived from callback_secret. It may be repeated, and has to be when either changes.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error { return callbacksBy(c, setCallbacks) },
	}
	addAPIAccount(c)
	addFlags(c.Flags(), "public_url", "callback_secret_file")
	readsToo(c, "callback_secret", "callback_secret_old", "callback_secret_old_file")
	return c
}

// callbacksBy prints the addresses that the API has, once do is done.
func callbacksBy(c *cobra.Command, do func(context.Context, *koanf.Koanf, string) (callback.Addresses, error)) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	addresses, err := do(c.Context(), k, accountFlag(c))
	if err != nil {
		return err
	}
	return printCallbacks(c, addresses.Masked())
}

// askCallbacks asks the API where the reports of an account go.
func askCallbacks(ctx context.Context, k *koanf.Koanf, account string) (callback.Addresses, error) {
	a, err := apiAccount(k, account)
	if err != nil {
		return callback.Addresses{}, err
	}
	urls, answer, err := worker.AskCallbacks(ctx, a)
	return addressesOf(account, urls), apiTrouble(answer, err)
}

// setCallbacks has the API report to the addresses below public_url.
func setCallbacks(ctx context.Context, k *koanf.Koanf, account string) (callback.Addresses, error) {
	a, err := apiAccount(k, account)
	if err != nil {
		return callback.Addresses{}, err
	}
	urls, err := callbackURLs(k, account)
	if err != nil {
		return callback.Addresses{}, err
	}
	answer, err := worker.SetCallbacks(ctx, a, urls)
	return addressesOf(account, urls), apiTrouble(answer, err)
}

func addressesOf(account string, urls worker.CallbackURLs) callback.Addresses {
	return callback.Addresses{Account: account, Deliveries: urls.Deliveries, Replies: urls.Replies, OptOuts: urls.OptOuts}
}

// addAPIAccount gives a command the settings of an account at the API.
func addAPIAccount(c *cobra.Command) {
	addFlags(c.Flags(), "api_url", "api_plain_http", "api_login", "api_key_file", "api_timeout", "accounts_dir")
	readsToo(c, "api_key")
	c.Flags().String("account", campaign.DefaultAccount, "account of the settings")
}

// withAPIAccount gives do the account of the settings that is asked for.
func withAPIAccount(c *cobra.Command, do func(context.Context, *koanf.Koanf, worker.Account) error) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	a, err := apiAccount(k, accountFlag(c))
	if err != nil {
		return err
	}
	return do(c.Context(), k, a)
}

// apiAccount is an account of the settings with its credentials.
func apiAccount(k *koanf.Koanf, name string) (worker.Account, error) {
	k = k.Copy() // the folder is read each time
	files, err := addFolder(k)
	if err != nil {
		return worker.Account{}, err
	}
	accounts, faults := readAccounts(k, files)
	if i := slices.IndexFunc(files, func(f accountFile) bool { return f.account == name }); i >= 0 {
		if err := files[i].fault(accounts, faults); err != nil {
			return worker.Account{}, usagef("%v", err)
		}
	}
	a, there := accounts[name]
	switch {
	case !there:
		return a, usagef("the settings have no account %s", name)
	case len(faults[name]) > 0:
		return a, usagef("account %q: %v", name, errors.Join(faults[name]...))
	}
	return a, nil
}

// callbackURLs are the addresses that an account's reports are to go to.
func callbackURLs(k *koanf.Koanf, account string) (worker.CallbackURLs, error) {
	public := strings.TrimSuffix(k.String("public_url"), "/")
	if public == "" {
		return worker.CallbackURLs{}, usagef("set public_url (OCTOQ_PUBLIC_URL) to the URL of octoq web as Octopush reaches it, such as https://octoq.example.com")
	}
	secrets, err := callbackSecretsOf(k)
	if err != nil {
		return worker.CallbackURLs{}, err
	}
	if !secrets.Set() {
		return worker.CallbackURLs{}, usagef("set callback_secret (OCTOQ_CALLBACK_SECRET or OCTOQ_CALLBACK_SECRET_FILE), as octoq web has it")
	}
	base := public + web.CallbackPath + account + "/" + secrets.Of(account) + "/"
	return worker.CallbackURLs{
		Deliveries: base + string(callback.Deliveries), Replies: base + string(callback.Replies), OptOuts: base + string(callback.OptOuts),
	}, nil
}

// apiTrouble is why the API has not done what was asked; nil if it has.
func apiTrouble(a worker.AccountAnswer, err error) error {
	switch {
	case err != nil:
		return usagef("%v", err)
	case a.Class == "ok":
		return nil
	case a.Class == "account":
		return &codeError{code: exitAPI, text: "the API refuses the account: " + a.Message}
	default:
		return fmt.Errorf("the API has not done it: %s", a.Message)
	}
}

func printCallbacks(c *cobra.Command, addresses callback.Addresses) error {
	if jsonWanted(c) {
		return printJSON(c.OutOrStdout(), addresses)
	}
	t := newRows(c.OutOrStdout())
	for _, row := range [][2]string{{"deliveries", addresses.Deliveries}, {"replies", addresses.Replies}, {"opt-outs", addresses.OptOuts}} {
		t.set(row[0], cmp.Or(row[1], "none"))
	}
	return t.flush()
}
