package doctor

import (
	"context"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// facts is what a Redis says of itself: the fields of INFO, and those settings
// that INFO does not report.
type facts struct {
	info map[string]string
	// config is nil when Redis does not let its settings be read, as managed
	// ones do.
	config map[string]string
}

// settings are the names that CONFIG GET is asked for; one at a time, because
// Redis takes several only from version 7 on.
func settings() []string {
	return []string{"appendfsync", "no-appendfsync-on-rewrite", "save"}
}

func look(ctx context.Context, rdb redis.UniversalClient) (facts, error) {
	text, err := rdb.Info(ctx).Result()
	if err != nil {
		return facts{}, err
	}
	f := facts{info: parse(text), config: map[string]string{}}
	for _, name := range settings() {
		values, err := rdb.ConfigGet(ctx, name).Result()
		if err != nil {
			f.config = nil
			break
		}
		f.config[name] = values[name]
	}
	return f, nil
}

// parse reads the lines name:value of INFO; headings have no colon.
func parse(text string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			fields[name] = value
		}
	}
	return fields
}

func (f facts) number(name string) int64 {
	n, err := strconv.ParseInt(f.info[name], 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func (f facts) on(name string) bool { return f.info[name] == "1" }
