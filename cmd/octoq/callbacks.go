package main

import (
	"context"
	"fmt"
	"regexp"
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
		RunE: func(c *cobra.Command, _ []string) error {
			return withAPIAccount(c, func(ctx context.Context, _ *koanf.Koanf, a worker.Account) error {
				urls, answer, err := worker.AskCallbacks(ctx, a)
				if err := apiTrouble(answer, err); err != nil {
					return err
				}
				return printCallbacks(c, accountFlag(c), urls)
			})
		},
	}
	addAPIAccount(c)
	return c
}

func newCallbacksSet() *cobra.Command {
	c := &cobra.Command{
		Use: "set", Short: "have Octopush report to octoq web", Args: exactArgs(0, "no arguments: name the account by --account"),
		Long: "Gives Octopush the addresses of the account below public_url, with the secret that is\nderived from callback_secret. It may be repeated, and has to be when either changes.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, _ []string) error {
			return withAPIAccount(c, func(ctx context.Context, k *koanf.Koanf, a worker.Account) error {
				urls, err := callbackURLs(k, accountFlag(c))
				if err != nil {
					return err
				}
				answer, err := worker.SetCallbacks(ctx, a, urls)
				if err := apiTrouble(answer, err); err != nil {
					return err
				}
				return printCallbacks(c, accountFlag(c), urls)
			})
		},
	}
	addAPIAccount(c)
	addFlags(c.Flags(), "public_url", "callback_secret_file")
	readsToo(c, "callback_secret", "callback_secret_old", "callback_secret_old_file")
	return c
}

// addAPIAccount gives a command the settings of an account at the API.
func addAPIAccount(c *cobra.Command) {
	addFlags(c.Flags(), "api_url", "api_plain_http", "api_login", "api_key_file", "api_timeout")
	readsToo(c, "api_key")
	c.Flags().String("account", campaign.DefaultAccount, "account of the settings")
}

// withAPIAccount gives do the account of the settings that is asked for.
func withAPIAccount(c *cobra.Command, do func(context.Context, *koanf.Koanf, worker.Account) error) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	accounts, err := accountsFrom(k)
	if err != nil {
		return err
	}
	a, there := accounts[accountFlag(c)]
	if !there {
		return usagef("the settings have no account %s", accountFlag(c))
	}
	return do(c.Context(), k, a)
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

func printCallbacks(c *cobra.Command, account string, urls worker.CallbackURLs) error {
	if jsonWanted(c) {
		return printJSON(c.OutOrStdout(), map[string]string{
			"account": account, "deliveries": masked(urls.Deliveries), "replies": masked(urls.Replies), "optouts": masked(urls.OptOuts),
		})
	}
	t := newRows(c.OutOrStdout())
	for _, row := range [][2]string{{"deliveries", urls.Deliveries}, {"replies", urls.Replies}, {"opt-outs", urls.OptOuts}} {
		url := masked(row[1])
		if url == "" {
			url = "none"
		}
		t.set(row[0], url)
	}
	return t.flush()
}

// masked hides what may be a secret in an address.
func masked(url string) string {
	return regexp.MustCompile(`[0-9a-zA-Z_-]{16,}`).ReplaceAllString(url, "****")
}
