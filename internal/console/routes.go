package console

import (
	"net/http"
	"slices"
)

// route is a page, or what a button does. Its operation says by internal/access which roles may
// have it.
type route struct {
	pattern, operation string
	serve              func(*visit) error
}

// routes are all pages and buttons.
func routes() []route {
	return slices.Concat(campaignRoutes(), accountRoutes(), adminRoutes())
}

// campaignRoutes are those of campaigns, one or many.
func campaignRoutes() []route {
	return []route{
		{"GET /{$}", "list-alerts", (*visit).overview},
		{"GET /campaigns", "list-campaigns", (*visit).campaigns},
		{"GET /campaigns/{account}/{id}", "get-campaign", (*visit).campaign},
		{"POST /campaigns/{account}/{id}/approve", "approve-campaign", (*visit).approve},
		{"POST /campaigns/{account}/{id}/reject", "reject-campaign", decide("reject")},
		{"POST /campaigns/{account}/{id}/cancel", "cancel-campaign", decide("cancel")},
		{"POST /campaigns/{account}/{id}/replay", "replay-campaign", (*visit).replay},
		{"POST /campaigns/{account}/{id}/purge", "purge-campaign", decide("purge")},
		{"POST /campaigns/{account}/{id}/mend", "mend-campaign", (*visit).mend},
		{"GET /approvals", "list-campaigns", (*visit).approvals},
		{"GET /letters", "list-campaigns", (*visit).letters},
		{"GET /new", "post-campaign", (*visit).newCampaign},
		{"POST /new/{account}", "post-campaign", (*visit).enqueue},
		{"POST /new/{account}/measure", "post-campaign", (*visit).measure},
		{"POST /new/{account}/upload", "post-campaigns-bulk", (*visit).upload},
		{"GET /actions", "list-campaigns", (*visit).actions},
		{"POST /actions/{account}", "post-action", (*visit).plan},
		{"POST /actions/{account}/begin", "post-action", (*visit).begin},
		{"GET /actions/{action}", "get-action", (*visit).action},
		{"POST /actions/{action}/stop", "stop-action", (*visit).stopAction},
	}
}

// accountRoutes are those of accounts, with their rules, budgets and schedules.
func accountRoutes() []route {
	return []route{
		{"GET /accounts", "list-accounts", (*visit).accounts},
		{"POST /hold", "hold-all", (*visit).holdAll},
		{"POST /lift", "lift-all", (*visit).liftAll},
		{"POST /accounts/{account}/rules", "put-rules", (*visit).setRules},
		{"POST /accounts/{account}/hold", "hold-account", (*visit).hold},
		{"POST /accounts/{account}/lift", "lift-hold", (*visit).lift},
		{"POST /accounts/{account}/vouch", "vouch-account", (*visit).vouch},
		{"POST /accounts/{account}/budgets", "put-budget", (*visit).addBudget},
		{"POST /accounts/{account}/budgets/{name}/change", "put-budget", (*visit).changeBudget},
		{"POST /accounts/{account}/budgets/{name}/remove", "delete-budget", (*visit).removeBudget},
		{"GET /schedules", "list-schedules", (*visit).schedules},
		{"POST /schedules/{account}", "put-schedule", (*visit).setSchedule},
		{"POST /schedules/{account}/{name}/change", "put-schedule", (*visit).changeSchedule},
		{"POST /schedules/{account}/{name}/pause", "pause-schedule", onSchedule(http.MethodPost, "/pause")},
		{"POST /schedules/{account}/{name}/resume", "resume-schedule", onSchedule(http.MethodPost, "/resume")},
		{"POST /schedules/{account}/{name}/run", "run-schedule", (*visit).runSchedule},
		{"POST /schedules/{account}/{name}/delete", "delete-schedule", onSchedule(http.MethodDelete, "")},
	}
}

// adminRoutes are those of users, tokens, webhooks and the audit log, and of one's own.
func adminRoutes() []route {
	return []route{
		{"GET /admin", "list-users", (*visit).people},
		{"POST /admin/users", "add-user", (*visit).addUser},
		{"POST /admin/users/{name}/change", "change-user", (*visit).changeUser},
		{"POST /admin/users/{name}/remove", "remove-user", (*visit).removeUser},
		{"POST /admin/tokens", "add-token", (*visit).addToken},
		{"POST /admin/tokens/{name}/remove", "remove-token", (*visit).removeToken},
		{"GET /admin/webhooks", "list-webhooks", (*visit).webhooks},
		{"POST /admin/webhooks", "add-webhook", (*visit).addWebhook},
		{"POST /admin/webhooks/{id}/test", "test-webhook", (*visit).testWebhook},
		{"POST /admin/webhooks/{id}/enable", "change-webhook", switchWebhook(true)},
		{"POST /admin/webhooks/{id}/disable", "change-webhook", switchWebhook(false)},
		{"POST /admin/webhooks/{id}/rotate", "change-webhook", (*visit).rotateSecret},
		{"GET /admin/webhooks/{id}/deliveries", "list-deliveries", (*visit).deliveries},
		{"POST /admin/webhooks/{id}/deliveries/{event}/redeliver", "redeliver-event", (*visit).redeliver},
		{"POST /admin/webhooks/{id}/remove", "remove-webhook", (*visit).removeWebhook},
		{"GET /admin/audit", "read-audit", (*visit).audit},
		{"GET /me", "get-me", (*visit).me},
		{"POST /me/password", "change-password", (*visit).changePassword},
	}
}
