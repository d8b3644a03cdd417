package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"github.com/octoq/octoq/enqueue"
)

// setting is a variable of the environment. None is a flag: most hold secrets, and the
// arguments of a process can be read by others.
type setting struct{ name, help string }

const (
	varDSN         = "OCTOQ_OUTBOX_DSN"
	varBatch       = "OCTOQ_OUTBOX_BATCH"
	varPoll        = "OCTOQ_OUTBOX_POLL"
	varRedis       = "OCTOQ_REDIS_URL"
	varRedisCA     = "OCTOQ_REDIS_CA_FILE"
	varRedisCert   = "OCTOQ_REDIS_CERT_FILE"
	varRedisKey    = "OCTOQ_REDIS_KEY_FILE"
	varRedisSecret = "OCTOQ_REDIS_SENTINEL_PASSWORD_FILE" //nolint:gosec // the name of a setting
	varDurable     = "OCTOQ_DURABLE"
	varRetention   = "OCTOQ_RETENTION"
	varListen      = "OCTOQ_LISTEN"
	varLogLevel    = "OCTOQ_LOG_LEVEL"
	inFile         = "_FILE"
)

func settings() []setting {
	return []setting{
		{varDSN, "the database: postgres://USER:PASSWORD@HOST/NAME or libpq's key=value; PGHOST and the like fill in what it leaves out"},
		{varDSN + inFile, "file that holds it"},
		{varRedis, "octoq's Redis; redis://127.0.0.1:6379/0 by default"},
		{varRedis + inFile, "file that holds it"},
		{varRedisCA, "these three and the next as octoq worker has them"},
		{varRedisCert, ""},
		{varRedisKey, ""},
		{varRedisSecret, ""},
		{varDurable, "delete a row only once Redis confirms that the campaign survives a crash: disk, replicas:N, or both with a comma"},
		{varRetention, "the workers'; 90d by default"},
		{varListen, "address for /healthz, /readyz and /metrics; off when empty"},
		{varLogLevel, "trace, debug, info (the default), warn or error"},
		{varBatch, "campaigns that go to Redis together; 512 by default"},
		{varPoll, "how often the outbox is looked at without a notification; 1s by default"},
	}
}

func settingsHelp() string {
	var b strings.Builder
	b.WriteString("Settings are variables of the environment:\n")
	for _, s := range settings() {
		fmt.Fprintf(&b, "  %-36s %s\n", s.name, s.help)
	}
	return b.String()
}

// valueOrFile is a setting, from its variable or from the file that the other names.
func valueOrFile(name, byDefault string) (string, error) {
	value, file := os.Getenv(name), os.Getenv(name+inFile)
	switch {
	case value != "" && file != "":
		return "", usagef("%s and %s are both set: only one of them can be meant", name, name+inFile)
	case value != "":
		return value, nil
	case file == "":
		return byDefault, nil
	}
	content, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return "", usagef("%s: read %s: %v", name+inFile, file, err)
	}
	return strings.TrimSpace(string(content)), nil
}

// duration reads a setting such as 1s or 90d.
func duration(name string) (time.Duration, error) {
	text := os.Getenv(name)
	if text == "" {
		return 0, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		const most = 100 * 365
		if err == nil && n > 0 && n <= most {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, usagef("%s is %q: want a duration such as 1s or 90d", name, text)
	}
	return d, nil
}

func number(name string) (int, error) {
	text := os.Getenv(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, usagef("%s is %q: want a number above 0", name, text)
	}
	return n, nil
}

// durable reads what is waited for before a row is deleted.
func durable() ([]enqueue.Option, error) {
	text := os.Getenv(varDurable)
	if text == "" {
		return nil, nil
	}
	var wanted []enqueue.DurableOption
	for part := range strings.SplitSeq(text, ",") {
		replicas, ok := strings.CutPrefix(strings.TrimSpace(part), "replicas:")
		n, err := strconv.Atoi(replicas)
		switch {
		case !ok && replicas == "disk":
			wanted = append(wanted, enqueue.OnDisk())
		case ok && err == nil && n > 0:
			wanted = append(wanted, enqueue.OnReplicas(n))
		default:
			return nil, usagef("%s is %q: want disk, replicas:2, or disk,replicas:2", varDurable, text)
		}
	}
	return []enqueue.Option{enqueue.Durable(wanted...)}, nil
}

func logLevel() (zerolog.Level, error) {
	text := os.Getenv(varLogLevel)
	if text == "" {
		return zerolog.InfoLevel, nil
	}
	level, err := zerolog.ParseLevel(text)
	if err != nil {
		return level, usagef("%s is %q: want trace, debug, info, warn or error", varLogLevel, text)
	}
	return level, nil
}
