package bench

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Machine says in a line what the figures were taken on: without it they say
// nothing, because machines are shared, noisy, and not the same.
func Machine(ctx context.Context, c redis.Cmdable) string {
	parts := []string{
		time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		fmt.Sprintf("%s/%s, %d CPUs%s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor()),
		"load average " + Load(),
		runtime.Version(),
	}
	if c != nil {
		if info, err := c.InfoMap(ctx, "server").Result(); err == nil {
			parts = append(parts, "Redis "+info["Server"]["redis_version"])
		}
	}
	return strings.Join(append(parts, modules()...), "; ")
}

// processor is the model of the processor where the system names it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return " (" + strings.TrimSpace(value) + ")"
		}
	}
	return ""
}

// Load is the load average over one, five and fifteen minutes, where it is known.
func Load() string {
	text, err := os.ReadFile("/proc/loadavg")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 3 {
		return "unknown"
	}
	return strings.Join(fields[:3], " ")
}

// modules are the versions of what is compared.
func modules() []string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var found []string
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			found = append(found, "commit "+s.Value[:min(len(s.Value), 12)])
		}
	}
	for _, m := range info.Deps {
		switch m.Path {
		case "github.com/hibiken/asynq", "github.com/redis/go-redis/v9":
			found = append(found, m.Path[strings.Index(m.Path, "/")+1:]+" "+m.Version)
		}
	}
	return found
}
