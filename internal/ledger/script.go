package ledger

import (
	_ "embed" // the scripts' text
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/runid"
)

var (
	//go:embed lua/changes.lua
	changesLua string
	//go:embed lua/moment.lua
	momentLua string
	//go:embed lua/compare.lua
	compareLua string
	//go:embed lua/load.lua
	loadLua string
	//go:embed lua/commit.lua
	commitLua string
	//go:embed lua/then.lua
	thenLua string
	//go:embed lua/trim.lua
	trimLua string
	//go:embed lua/vouch.lua
	vouchLua string
	//go:embed lua/expire.lua
	expireLua string
	//go:embed lua/pack.lua
	packLua string
	//go:embed lua/reindex.lua
	reindexLua string
	//go:embed lua/indexed.lua
	indexedLua string
)

// scripts are the ledger's writes, and what reads many keys in one moment. Each runs by its hash, and by its text only
// where Redis does not know it yet; each may be repeated when its reply was
// lost, as go-redis does by itself.
type scripts struct {
	load, commit, vouch, expire, trim, pack, reindex, indexed *redis.Script

	followed *sync.Map // of *redis.Script: the commit, by what follows it
}

// momentScript precedes every script that returns the moment.
func momentScript() string { return runid.Lua + changesLua + momentLua }

func newScripts() scripts {
	return scripts{
		load:    redis.NewScript(momentScript() + loadLua),
		commit:  redis.NewScript(momentScript() + compareLua + commitLua),
		vouch:   redis.NewScript(momentScript() + vouchLua),
		expire:  redis.NewScript(expireLua),
		trim:    redis.NewScript(trimLua),
		pack:    redis.NewScript(packLua),
		reindex: redis.NewScript(reindexLua),
		indexed: redis.NewScript(indexedLua),

		followed: &sync.Map{},
	}
}

// then is the commit with something behind it; there are few such things.
func (s scripts) then(source string) *redis.Script {
	if known, ok := s.followed.Load(source); ok {
		return known.(*redis.Script)
	}
	script := redis.NewScript(momentScript() + compareLua + "local function commit()\n" + commitLua + "end\n" +
		"local function follow(KEYS, ARGV, run)\n" + source + "\nend\n" + thenLua)
	s.followed.Store(source, script)
	return script
}
