package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// A setting is known by one name in three forms: rate is the flag --rate, the
// variable OCTOQ_RATE and the key rate of the config file. Flags win over
// variables, variables over the file, the file over the default.
type setting struct {
	name    string // as in the config file
	value   string // the default
	help    string
	secret  bool // never a flag: process arguments can be read by others
	account bool // may be set for each account of the config file
}

// settings are all there are, in the order of docs/settings.md.
func settings() []setting {
	return slices.Concat(redisSettings(), accountSettings(), recordSettings(), webSettings(), signInSettings())
}

// redisSettings say where Redis is.
func redisSettings() []setting {
	return []setting{
		{name: "redis_url", value: "redis://127.0.0.1:6379/0", help: "Redis to use: redis://, unix://, redis-sentinel:// or redis-cluster://, and rediss with TLS; as a flag, without a password"},
		{name: "redis_url_file", help: "file that holds the address of Redis, for one with a password"},
		{name: "redis_ca_file", help: "file with the certificates (PEM) of the authorities that may sign Redis's; the machine's own when empty"},
		{name: "redis_cert_file", help: "file with the certificate (PEM) that Redis is shown, for one that asks for it"},
		{name: "redis_key_file", help: "file with the key (PEM) of that certificate"},
		{name: "redis_sentinel_password_file", help: "file that holds the password of the sentinels themselves"},
	}
}

// accountSettings are those of an account at Octopush, and how its campaigns are worked on.
func accountSettings() []setting {
	return []setting{
		{name: "api_url", value: "https://api.octopush.com/v1/public", help: "base URL of the API", account: true},
		{name: "api_plain_http", value: "false", help: "true allows http beyond loopback: the key then travels readable", account: true},
		{name: "api_login", help: "login of the API (the account's e-mail)", account: true},
		{name: "api_key", help: "key of the API", secret: true, account: true},
		{name: "api_key_file", help: "file that holds the key of the API", account: true},
		{name: "api_timeout", value: "15s", help: "longest time one call to the API may take", account: true},
		{name: "rate", value: "5", help: "calls a second to the API, over all workers; 0 is no limit", account: true},
		{name: "burst", value: "5", help: "calls that may come at once after a pause", account: true},
		{name: "max_in_flight", value: "1", help: "calls under way at once, over all workers; 0 is no limit", account: true},
		{name: "concurrency", value: "10", help: "calls of each stage a worker makes at once, within the limits", account: true},
		{name: "confirm", value: "auto", help: "auto confirms a priced campaign, manual waits for approve", account: true},
		{name: "approve_above", value: "0", help: "euros above which a campaign waits for approve; 0 is no such rule", account: true},
		{name: "approve_above_contacts", value: "0", help: "contacts above which a campaign waits for approve; 0 is no such rule", account: true},
		{name: "approve_by", value: "anyone", help: "who may approve: anyone, or other, a user or token that has not written the campaign", account: true},
		{name: "late", value: "dead", help: "what becomes of a campaign whose send_at has passed: dead, or send it all the same", account: true},
		{name: "window", help: "when wholesale campaigns may go out, such as \"Mo-Sa 08:00-20:00 Europe/Paris holidays=FR\"; always when empty or off", account: true},
		{name: "deadline", value: "24h", help: "longest time a stage may take", account: true},
		{name: "lost_ticket", value: "recreate", help: "recreate a campaign whose ticket was lost, or park it as a dead letter", account: true},
		{name: "poll_first", value: "1s", help: "wait before the first look at a new ticket", account: true},
		{name: "poll_max", value: "30s", help: "longest wait between two looks at a ticket", account: true},
		{name: "backoff", value: "1s", help: "first wait after a failure; it doubles from there", account: true},
		{name: "backoff_max", value: "5m", help: "longest wait after a failure", account: true},
		{name: "probe", value: "5s", help: "first wait before an account on hold is tried; it doubles from there", account: true},
		{name: "probe_max", value: "5m", help: "longest wait before an account on hold is tried", account: true},
		{name: "accounts_dir", help: "folder with a YAML file for each account, NAME.yaml, as an entry of accounts: in the config file; read again when it changes"},
	}
}

// recordSettings say what is kept, and where workers are asked how they are.
func recordSettings() []setting {
	return []setting{
		{name: "events_keep", value: "7d", help: "how long events are kept for their readers, 2h at least"},
		{name: "pack_after", value: "1h", help: "how long after its end a campaign's record is put into fewer bytes of Redis; never if beyond retention"},
		{name: "retention", value: "90d", help: "how long finished campaigns are remembered, 24h at least"},
		{name: "durable", help: "let enqueue, and what takes rights from users and tokens, wait until Redis confirms that the write survives a crash: disk, replicas:N, or both with a comma"},
		{name: "listen", help: "address for health and metrics of the worker; off when empty"},
	}
}

// webSettings are those of octoq web, of webhooks and of what Octopush reports.
func webSettings() []setting {
	return []setting{
		{name: "web_listen", value: "127.0.0.1:8080", help: "address of octoq web"},
		{name: "web_auth", value: "auto", help: "required lets only users and tokens in; auto is open to this machine alone, until there is one"},
		{name: "web_user", help: "user of the web pages; needed beyond loopback"},
		{name: "web_password", help: "password of the web pages; needed beyond loopback", secret: true},
		{name: "web_password_file", help: "file that holds the password of the web pages"},
		{name: "webhook_key", help: "what the secrets of webhooks are derived from, 32 random bytes at least; without it there are no webhooks", secret: true},
		{name: "webhook_key_file", help: "file that holds that key"},
		{name: "webhook_allow", help: "inner addresses that webhooks may be sent to, by http too: CIDRs with commas, such as 10.1.2.0/24"},
		{name: "callback_secret", help: "what the addresses that Octopush reports to are derived from, 16 random bytes at least; without it nothing is taken", secret: true},
		{name: "callback_secret_file", help: "file that holds that secret"},
		{name: "callback_secret_old", help: "the secret before, whose addresses are taken, too, while they are changed at Octopush", secret: true},
		{name: "callback_secret_old_file", help: "file that holds the secret before"},
		{name: "callback_listen", help: "address that takes callbacks of Octopush and nothing else, beside web_listen; off when empty"},
		{name: "callback_proof", value: "true", help: "let a delivery report prove that a campaign was sent whose confirm was not answered; reports are not signed"},
		{name: "numbers_key", help: "what phone numbers are hashed with, 16 random bytes at least; callback_secret when empty", secret: true},
		{name: "numbers_key_file", help: "file that holds that key"},
		{name: "results_detail", value: "7d", help: "how long the last status of each number is kept, from the first report on; what is reported later is not counted"},
		{name: "results_final", value: "72h", help: "how long after a campaign was sent its results are final at the latest: the event campaign.delivered reports them"},
		{name: "numbers_keep", value: "30d", help: "how long replies are kept, with their numbers"},
		{name: "web_spool_max", value: "1GiB", help: "room for temporary files with the results of bulk requests, such as 512MiB; beyond it only problems are kept"},
		{name: "web_cert_file", help: "file with the certificate (PEM) of octoq web; plain HTTP when empty. It is read again when it changes"},
		{name: "web_key_file", help: "file with the key (PEM) of that certificate"},
		{name: "web_plain_http", value: "false", help: "true allows octoq web plain HTTP beyond loopback: a proxy in front does TLS, and says in X-Forwarded-For who asks"},
	}
}

// signInSettings say who acts, and how that is noted; the last ones are of logs.
func signInSettings() []setting {
	return []setting{
		{name: "session_idle", value: "12h", help: "how long a session of the web pages lasts without a request"},
		{name: "token", help: "token in whose name a command acts, as far as its roles go; without one, the user of this machine acts", secret: true},
		{name: "token_file", help: "file that holds that token"},
		{name: "audit_log", help: "stdout has octoq web print each line of the audit log, too, as JSON: one that a Redis that forgets cannot take along"},
		{name: "public_url", help: "URL of octoq web as browsers know it, such as https://octoq.example.com; needed with oidc_issuer"},
		{name: "oidc_issuer", help: "URL of an OpenID Connect provider that people sign in by; from then on everybody has to sign in"},
		{name: "oidc_client_id", help: "id of octoq at that provider"},
		{name: "oidc_client_secret", help: "secret of octoq at that provider; none where PKCE suffices", secret: true},
		{name: "oidc_client_secret_file", help: "file that holds the secret of octoq at that provider"},
		{name: "oidc_scopes", value: "email", help: "what octoq asks the provider for beside openid, with commas between"},
		{name: "oidc_role_claim", value: "groups", help: "claim that says what a user may do, such as groups or realm_access.roles"},
		{name: "oidc_roles", help: "what its values mean: VALUE=role or VALUE=role@account+account, with commas between"},
		{name: "log_level", value: "info", help: "trace, debug, info, warn or error"},
		{name: "log_format", value: "auto", help: "json, console, or auto: console on a terminal"},
	}
}

const envPrefix = "OCTOQ_"

// variable is a setting's name in the environment.
func (s setting) variable() string { return envPrefix + strings.ToUpper(s.name) }

// flag is a setting's name on the command line.
func (s setting) flag() string { return strings.ReplaceAll(s.name, "_", "-") }

// settingFlag marks a flag that is a setting. A flag of the same name may be
// something else: --window of octoq enqueue is a field of the campaign.
const settingFlag = "octoq_setting"

// addFlags gives a command the flags of some settings, and of the files that may
// hold them instead.
func addFlags(flags *pflag.FlagSet, names ...string) {
	for _, s := range settings() {
		if asksFor(names, s.name) && !s.secret {
			flags.String(s.flag(), s.value, fmt.Sprintf("%s (%s)", s.help, s.variable()))
			flags.Lookup(s.flag()).Annotations = map[string][]string{settingFlag: {s.name}}
		}
	}
}

// asksFor reports whether some names ask for a setting: by its own name, or by that of
// what it goes with.
func asksFor(names []string, name string) bool {
	return slices.Contains(names, name) || slices.Contains(names, strings.TrimSuffix(name, inFile)) ||
		strings.HasPrefix(name, "redis_") && slices.Contains(names, "redis_url")
}

func known(name string) bool {
	return slices.ContainsFunc(settings(), func(s setting) bool { return s.name == name })
}

// eventsKeepOf is how long events are kept.
func eventsKeepOf(k *koanf.Koanf) (time.Duration, error) {
	const least = 2 * time.Hour
	d, err := parseDuration(k.String("events_keep"))
	switch {
	case err != nil || d <= 0:
		return 0, usagef("events_keep (OCTOQ_EVENTS_KEEP) is %q: want a duration such as 7d", k.String("events_keep"))
	case d < least:
		return 0, usagef("events_keep (OCTOQ_EVENTS_KEEP) is %s: at least %s, because readers go back by an hour when Redis was replaced", d, least)
	}
	return d, nil
}

// packAfterOf is how long after its end a campaign is packed.
func packAfterOf(k *koanf.Koanf) (time.Duration, error) {
	d, err := parseDuration(k.String("pack_after"))
	if err != nil || d <= 0 {
		return 0, usagef("pack_after (OCTOQ_PACK_AFTER) is %q: want a duration such as 1h", k.String("pack_after"))
	}
	return d, nil
}

// retentionOf is how long a command lets finished campaigns be remembered.
func retentionOf(k *koanf.Koanf) (time.Duration, error) {
	const least = 24 * time.Hour
	d, err := parseDuration(k.String("retention"))
	switch {
	case err != nil || d <= 0:
		return 0, usagef("retention (OCTOQ_RETENTION) is %q: want a duration such as 90d", k.String("retention"))
	case d < least:
		return 0, usagef("retention (OCTOQ_RETENTION) is %s: at least %s, because a campaign whose id is forgotten can be sent again", d, least)
	}
	return d, nil
}
