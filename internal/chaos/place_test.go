package chaos

import (
	"math/rand/v2"
	"slices"

	"github.com/redis/go-redis/v9"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"

	"github.com/octoq/octoq/internal/redistest"
)

// kind is which Redis a play is on.
type kind string

const (
	one       kind = "one"
	sentinels kind = "sentinel"
	cluster   kind = "cluster"
)

// place is the Redis that a play is on.
type place struct {
	kind
	url    string                       // by which processes find it
	client func() redis.UniversalClient // of the play itself, closed with the test
	// durable are the arguments by which producers ask for a confirmation.
	durable []string
	// faults are what may befall it, or the ways to it, at any time, and upsets what
	// puts another memory in its place: one at a time, each once before any comes again.
	// A short play has the first of them.
	faults, upsets []fault
	// without are the faults that would hide what the play is to show.
	without []string
	short   bool
}

// brief leaves out what takes long: all upsets but the first and another one, each a
// round of its own, and where there are upsets, workers that leave permits, and holds.
func (p place) brief(r *rand.Rand) place {
	p.short = true
	if len(p.upsets) > 0 {
		p.upsets = []fault{p.upsets[0], p.upsets[1+r.IntN(len(p.upsets)-1)]}
		p.without = append(p.without, "worker_killed", "worker_frozen",
			"operator_hold", "account_refused", "account_without_credit", "credit_in_doubt", "api_429", "api_503", "api_strict")
	}
	return p
}

// round is the n-th one of upsets, from 0.
func (p place) round(n int, r *rand.Rand) []fault {
	if p.short {
		return p.upsets[n%len(p.upsets):][:1]
	}
	all := slices.Clone(p.upsets)
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all
}

// placeOf starts a kind of Redis.
func (w *world) placeOf(k kind) place {
	w.t.Helper()
	switch k {
	case one:
		return w.onOne()
	case sentinels:
		return w.onSentinels()
	case cluster:
		return w.onCluster()
	}
	w.t.Fatalf("there is no Redis %q: it is one, sentinel or cluster", k)
	return place{}
}

// kept are the arguments of each server.
func kept() []string { return []string{"--appendonly", "yes", "--appendfsync", "everysec"} }

// onOne is one server, with ways to it that can be disturbed.
func (w *world) onOne() place {
	w.t.Helper()
	w.redis = redistest.Start(w.t, kept()...)
	w.shop = w.proxy("redis-shop", w.redis.Addr)
	w.shopURL = urlOf(w.shop)
	return place{
		kind: one, url: w.redis.URL(),
		client: func() redis.UniversalClient { return w.redis.Client() },
		faults: []fault{
			{"worker_killed_before_reply", killBeforeReply},
			{"redis_killed", onRedisAlone(killRedis)},
			{"redis_restarted", onRedisAlone(restartRedis)},
			{"redis_emptied", onRedisAlone(emptyRedis)},
			{"redis_put_back", onRedisAlone(putRedisBack)},
			{"redis_cut", onRedis(cut)},
			{"redis_throttled", onRedis(toxic("bandwidth", toxiproxy.Attributes{"rate": 20}, "downstream", "upstream"))},
			{"redis_half_open", onRedis(toxic("timeout", toxiproxy.Attributes{"timeout": 0}, "downstream", "upstream"))},
			{"redis_silent", onRedis(silent)},
			{"redis_slow", onRedis(toxic("latency", toxiproxy.Attributes{"latency": 100, "jitter": 50}, "downstream"))},
			{"shop_cut", onShop(cut)},
			{"shop_half_open", onShop(toxic("timeout", toxiproxy.Attributes{"timeout": 0}, "downstream", "upstream"))},
		},
	}
}

// urlOf is the way to Redis through a proxy.
func urlOf(p *toxiproxy.Proxy) string { return "redis://" + p.Listen + "/0" }
