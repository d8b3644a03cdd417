package redisconn_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/redisconn"
	"github.com/octoq/octoq/internal/redistest"
)

// openWith is a client of an address with files.
func openWith(t *testing.T, url string, files redisconn.Files) *redisconn.Client {
	t.Helper()
	address, err := redisconn.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	if err := address.Load(files, time.Now()); err != nil {
		t.Fatal(err)
	}
	address.Options.ContextTimeoutEnabled, address.Options.MaxRetries, address.Options.DialerRetries = true, -1, 1
	c := redisconn.New(address)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// filesOf are what a client of a secured server needs.
func filesOf(s *redistest.Secured) redisconn.Files {
	return redisconn.Files{CA: s.Authority.CAFile, Cert: s.Client.CertFile, Key: s.Client.KeyFile}
}

// With its CA and a client certificate each kind of Redis is written to.
func TestWithTLS(t *testing.T) {
	t.Parallel()
	secured := redistest.NewSecured(t)
	for name, url := range map[string]func(*testing.T) string{
		"server":    func(t *testing.T) string { t.Helper(); return redistest.StartSecured(t, secured).URL() },
		"sentinels": func(t *testing.T) string { t.Helper(); return redistest.StartSecuredSentinels(t, secured).URL() },
		"cluster":   func(t *testing.T) string { t.Helper(); return redistest.StartSecuredNodes(t, secured).URL() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := openWith(t, url(t), filesOf(secured))
			for _, key := range []string{"a", "b", "c", "d"} {
				if err := c.Set(t.Context(), key, "v", 0).Err(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// What is wrong with TLS is said as what it is, and counts as an outage: a certificate
// may be replaced while a worker works.
func TestWhatIsWrongWithTLS(t *testing.T) {
	t.Parallel()
	secured, other := redistest.NewSecured(t), redistest.NewAuthority(t)
	good := filesOf(secured)
	server := redistest.StartSecured(t, secured)
	elsewhere := *secured
	elsewhere.Server = secured.Authority.Issue("elsewhere", time.Now().Add(time.Hour), "redis.example", "192.0.2.1")
	past := *secured
	past.Server = secured.Authority.Issue("past", time.Now().Add(-time.Hour), "127.0.0.1")
	foreign := other.Issue("foreign", time.Now().Add(time.Hour))
	plain := redistest.Start(t)
	for name, c := range map[string]struct {
		url   string
		files redisconn.Files
		want  string
	}{
		"wrong CA":                          {server.URL(), redisconn.Files{CA: other.CAFile, Cert: good.Cert, Key: good.Key}, "the certificate of Redis at ADDR is not signed by a CA of " + other.CAFile},
		"no CA":                             {server.URL(), redisconn.Files{Cert: good.Cert, Key: good.Key}, "the certificate of Redis at ADDR is not signed by a CA of this machine, and no file with another CA is set"},
		"another host":                      {redistest.StartSecured(t, &elsewhere).URL(), good, "the certificate of Redis at ADDR is not one of the host 127.0.0.1, but of redis.example, 192.0.2.1"},
		"expired":                           {redistest.StartSecured(t, &past).URL(), good, "the certificate of Redis at ADDR cannot be used: certificate has expired or is not yet valid"},
		"no certificate of the client":      {server.URL(), redisconn.Files{CA: good.CA}, "Redis at ADDR"},
		"a foreign certificate of a client": {server.URL(), redisconn.Files{CA: good.CA, Cert: foreign.CertFile, Key: foreign.KeyFile}, "Redis at ADDR does not accept the client's certificate of " + foreign.CertFile},
		"TLS to a plain port":               {"rediss://" + plain.Addr, good, "Redis at ADDR does not answer in TLS: if it speaks none, write redis instead of rediss"},
		"plain text to TLS":                 {"redis://" + server.Addr, redisconn.Files{}, "Redis at ADDR speaks TLS on that port: write rediss instead of redis"},
		"TLS to plain sentinels":            {"rediss-sentinel://" + plain.Addr + "/m", good, "no sentinel names the master: the sentinel at ADDR does not answer in TLS"},
		"TLS to a plain node":               {"rediss-cluster://" + plain.Addr, good, "Redis at ADDR does not answer in TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, rest, _ := strings.Cut(c.url, "://")
			addr, _, _ := strings.Cut(rest, "/")
			want := strings.ReplaceAll(c.want, "ADDR", addr)
			err := openWith(t, c.url, c.files).Ping(t.Context()).Err()
			if name == "no certificate of the client" && (err == nil || !strings.Contains(err.Error(), "certificate of the client, and none is set")) {
				t.Errorf("got %v, want that it asks for a certificate", err)
			}
			if err == nil || !strings.HasPrefix(err.Error(), want) || !redisconn.Away(err) {
				t.Errorf("got %v, want %q, and that Redis is away", err, want)
			}
		})
	}
}

// Each file that cannot be used is named, with the reason.
func TestFilesThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	secured := redistest.NewSecured(t)
	good, dir := filesOf(secured), t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text, empty, long := write("text", "no PEM\n"), write("empty", "\n"), write("long", strings.Repeat("x", 1<<20+1))
	broken := write("broken", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	past, other := secured.Authority.Issue("past", time.Now().Add(-time.Hour)), secured.Authority.Issue("other", time.Now().Add(time.Hour))
	missing, password := filepath.Join(dir, "missing"), write("password", "watched\n")
	const tls, sentinels = "rediss://host", "redis-sentinel://host/m"
	for name, c := range map[string]struct {
		url           string
		files         redisconn.Files
		setting, want string
	}{
		"no CA there":               {tls, redisconn.Files{CA: missing}, redisconn.SettingCA, missing + " cannot be read: no such file or directory"},
		"a folder":                  {tls, redisconn.Files{CA: dir}, redisconn.SettingCA, dir + " cannot be read: is a directory"},
		"CA is no PEM":              {tls, redisconn.Files{CA: text}, redisconn.SettingCA, text + " holds no certificate in PEM"},
		"CA is a key":               {tls, redisconn.Files{CA: good.Key}, redisconn.SettingCA, good.Key + " holds no certificate in PEM"},
		"CA is broken":              {tls, redisconn.Files{CA: broken}, redisconn.SettingCA, broken + " holds a certificate that cannot be read"},
		"CA is too long":            {tls, redisconn.Files{CA: long}, redisconn.SettingCA, long + " is longer than 1048576 bytes"},
		"CA has expired":            {tls, redisconn.Files{CA: past.CertFile}, redisconn.SettingCA, "the certificate in " + past.CertFile + " has expired on "},
		"certificate without key":   {tls, redisconn.Files{Cert: good.Cert}, redisconn.SettingCert, good.Cert + " is a certificate without its key"},
		"key without certificate":   {tls, redisconn.Files{Key: good.Key}, redisconn.SettingKey, good.Key + " is a key without its certificate"},
		"certificate is no PEM":     {tls, redisconn.Files{Cert: text, Key: good.Key}, redisconn.SettingCert, text + " holds no certificate in PEM"},
		"key is no PEM":             {tls, redisconn.Files{Cert: good.Cert, Key: text}, redisconn.SettingKey, text + " holds no key in PEM"},
		"another certificate's key": {tls, redisconn.Files{Cert: good.Cert, Key: other.KeyFile}, redisconn.SettingCert, good.Cert + " and the key in " + other.KeyFile + " do not go together"},
		"certificate has expired":   {tls, redisconn.Files{Cert: past.CertFile, Key: past.KeyFile}, redisconn.SettingCert, "the certificate in " + past.CertFile + " has expired on "},
		"CA without TLS":            {"redis://host", redisconn.Files{CA: good.CA}, redisconn.SettingCA, good.CA + " is for connections with TLS"},
		"key without TLS":           {"redis://host", redisconn.Files{Cert: good.Cert, Key: good.Key}, redisconn.SettingCert, good.Cert + " is for connections with TLS"},
		"password of no sentinels":  {"redis://host", redisconn.Files{SentinelPassword: password}, redisconn.SettingSentinelPassword, password + " is for sentinels"},
		"two passwords":             {sentinels + "?sentinel_password=hidden", redisconn.Files{SentinelPassword: password}, redisconn.SettingSentinelPassword, password + " is named, and the address has a sentinel_password"},
		"an empty password":         {sentinels, redisconn.Files{SentinelPassword: empty}, redisconn.SettingSentinelPassword, empty + " is empty"},
		"a user without a password": {sentinels + "?sentinel_username=watcher", redisconn.Files{}, redisconn.SettingSentinelPassword, "the address has a sentinel_username and no password"},
	} {
		address, err := redisconn.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		err = address.Load(c.files, time.Now())
		fault, ok := err.(*redisconn.FileFault) //nolint:errorlint // nothing wraps it
		if !ok || fault.Setting != c.setting || !strings.HasPrefix(fault.Error(), c.want) || strings.Contains(fault.Error(), "hidden") {
			t.Errorf("%s: got %v, want %s: %s", name, err, c.setting, c.want)
		}
	}
}

// A password that others on the way can read is noticed, unless nothing is on the way.
func TestPasswordsThatTravelReadable(t *testing.T) {
	t.Parallel()
	local := func(host string) bool { return host == "127.0.0.1" }
	for url, want := range map[string]bool{
		"redis://:p@host": true, "redis-sentinel://:p@127.0.0.1,host/m": true, "redis-cluster://:p@host": true, "redis-sentinel://host/m?sentinel_password=p": true,
		"rediss://:p@host": false, "redis://host": false, "redis://:p@127.0.0.1": false, "unix://:p@/run/redis.sock": false, "rediss-sentinel://:p@host/m": false,
	} {
		address, err := redisconn.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		if got := address.SendsPlainPassword(local); got != want {
			t.Errorf("%s: got %v, want %v", url, got, want)
		}
	}
}
