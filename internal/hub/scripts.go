package hub

import (
	_ "embed" // the scripts' text

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/internal/runid"
)

var (
	//go:embed lua/outbox.lua
	outboxLua string
	//go:embed lua/copy.lua
	copyLua string
	//go:embed lua/trim.lua
	trimLua string
	//go:embed lua/read.lua
	readLua string
)

// scripts are what the relay and readers run. Each may be repeated when its reply was lost.
type scripts struct{ outbox, copy, trim, read, run *redis.Script }

func newScripts() scripts {
	return scripts{
		outbox: redis.NewScript(runid.Lua + outboxLua),
		copy:   redis.NewScript(runid.Lua + copyLua),
		trim:   redis.NewScript(trimLua),
		read:   redis.NewScript(runid.Lua + readLua),
		run:    redis.NewScript(runid.Lua + "return run_id()"),
	}
}
