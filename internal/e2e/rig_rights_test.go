package e2e

import "github.com/octoq/octoq/internal/redistest"

// as has all processes started from now on use Redis as a user who may do
// everything but what some ACL rules forbid.
func (r *rig) as(rules ...string) *redistest.User {
	r.t.Helper()
	user := r.redis.User(rules...)
	r.setenv("OCTOQ_REDIS_URL=" + user.URL())
	return user
}

// enqueueOne enqueues a valid campaign.
func (r *rig) enqueueOne(id string) outcome {
	r.t.Helper()
	return r.must(0, "enqueue", "--id", id, "--list-name", id, "--text", "Hello, STOP au 30101", "--type", "sms_premium", "--purpose", "wholesale")
}
