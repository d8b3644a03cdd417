package redisconn

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// reasons are all that can be said of an address. None of them has a part of one.
func reasons() []string {
	all := []string{
		reasonHosts, reasonEmptyHost, reasonNoMaster, reasonMaster, reasonClusterDB, reasonSentinelOnly, reasonSentinelDB, reasonSentinelPath,
		reasonEmpty, reasonNoScheme, reasonSlashes, reasonScheme, reasonSentinel, reasonCluster, reasonSpace, reasonHash,
		reasonUnescaped, reasonPercent, reasonLogin, reasonUserAlone, reasonNoHost, reasonBracket, reasonIPv6, reasonColons,
		reasonHost, reasonPort, reasonPortRange, reasonDB, reasonDBRange, reasonPath, reasonNoPath, reasonSocket,
		reasonQuery, reasonParameter, reasonTLSOnly, reasonOther,
	}
	for _, name := range parameters() {
		all = append(all, name+reasonValue)
	}
	return all
}

func TestReasonsOfAnAddressThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"": reasonEmpty,

		"127.0.0.1:6379": reasonNoScheme, "127.0.0.1:6379/0": reasonNoScheme, "localhost": reasonNoScheme, "[::1]:6379": reasonNoScheme,
		"//127.0.0.1:6379": reasonNoScheme, "hidden": reasonNoScheme, ":hidden@host:6379": reasonNoScheme, "://host": reasonScheme,
		"redis:127.0.0.1:6379": reasonSlashes, "redis:/127.0.0.1:6379": reasonSlashes, "unix:/run/redis.sock": reasonSlashes, "redis:": reasonSlashes,
		"http://host:6379": reasonScheme, "valkey://host": reasonScheme, "redi://host": reasonScheme, "\"redis://host\"": reasonScheme, "tcp://host:6379": reasonScheme,
		"redis+sentinel://host": reasonSentinel, "sentinel://host": reasonSentinel, "rediss+cluster://host": reasonCluster, "cluster://host": reasonCluster,

		"redis://a:1,b:2/0": reasonHosts, "rediss://:hidden@a,b": reasonHosts, "redis-sentinel://a,,b/m": reasonEmptyHost, "redis-cluster://a,": reasonEmptyHost,
		"redis-sentinel://:hidden@a:1,b:x/m": reasonPort, "redis-cluster://a:1,b:70000": reasonPortRange, "redis-sentinel:///m": reasonNoHost, "redis-cluster://": reasonNoHost,
		"redis-cluster://a:1,::1:2": reasonColons, "redis-sentinel:host/m": reasonSlashes, "redis-sentinel://hidden@a/m": reasonUserAlone,
		"redis-sentinel://a:1,b:2": reasonNoMaster, "rediss-sentinel://a/": reasonNoMaster, "redis-sentinel://a?db=1": reasonNoMaster,
		"redis-sentinel://a/my%20master": reasonMaster, "redis-sentinel://a/my,master": reasonMaster,
		"redis-sentinel://a/m/first": reasonSentinelDB, "redis-sentinel://a/m/-1": reasonDBRange, "redis-sentinel://a/m/0/1": reasonSentinelPath,
		"redis-cluster://a/0": reasonClusterDB, "redis-cluster://a?db=1": reasonClusterDB, "redis-sentinel://a/m?db=first": reasonDB,
		"redis://a?sentinel_password=hidden": reasonSentinelOnly, "redis-cluster://a?sentinel_username=u": reasonSentinelOnly,
		"redis-sentinel://a/m?skip_verify=true": reasonTLSOnly, "redis-sentinel://a/m?pool_size=many": "pool_size" + reasonValue, "redis-sentinel://a/m?master=hidden": reasonParameter,

		"redis://host:6379/0\n": reasonSpace, " redis://host": reasonSpace, "redis://:hid den@host": reasonSpace, "redis://ho\x00st": reasonSpace, "redis://ho st": reasonSpace,

		"redis://:hid#den@host:6379": reasonUnescaped, "redis://user:12#34hidden@host:6379": reasonUnescaped, "redis://:hid/den@host": reasonUnescaped,
		"redis://:hid?den@host": reasonUnescaped, "redis://user:12?hidden@host:6379": reasonUnescaped, "redis://:a@hid/den@host": reasonUnescaped,
		"redis://:/hidden@host": reasonUnescaped, "redis://:hid?db=1&den@host": reasonUnescaped, "unix://:hid/den@/run/redis.sock": reasonUnescaped,
		"unix://:hid#den@/run/redis.sock": reasonUnescaped, "unix:///run/redis.sock?hid@den": reasonUnescaped,
		"redis://host:6379/0#hidden": reasonHash, "redis://host#": reasonHash, "unix:///run/#1.sock": reasonHash,
		"redis://:hidden%@host": reasonPercent, "redis://:hidden%zz@host": reasonPercent, "redis://us%er:hidden@host": reasonPercent, "redis://:100%hidden@host": reasonPercent,
		"redis://:hid[den@host": reasonLogin, "redis://:hid\"den@host": reasonLogin, "redis://:hidé@host": reasonLogin, "redis://:hid<den>@host": reasonLogin, "redis://:h^d@host": reasonLogin,
		"redis://hidden@host": reasonUserAlone, "redis://hidden:@host": reasonUserAlone, "unix://hidden@/run/redis.sock": reasonUserAlone,

		"redis://": reasonNoHost, "redis:///0": reasonNoHost, "redis://:6379": reasonNoHost, "redis://:hidden@": reasonNoHost, "rediss://:hidden@:6379/0": reasonNoHost,
		"redis://?db=1": reasonNoHost, "redis://[::1": reasonBracket, "redis://:hidden@[::1": reasonBracket, "redis://::1]:6379": reasonBracket, "redis://[::1]]:6379": reasonBracket,
		"redis://h[::1]:6379": reasonBracket, "redis://[host]:6379": reasonIPv6, "redis://[127.0.0.1]:6379": reasonIPv6, "redis://[]:6379": reasonIPv6, "redis://[::1]6379": reasonHost,
		"redis://[::1]:hidden": reasonPort, "redis://[::1]:70000": reasonPortRange,
		"redis://::1:6379": reasonColons, "redis://fe80::1": reasonColons, "redis://user:hidden:6379": reasonColons,
		"redis://ho%st:6379": reasonHost, "redis://ho%41st": reasonHost, "redis://h\"st": reasonHost, "redis://h<st>": reasonHost, "redis://${HOST}:6379": reasonHost,
		"redis://host:port": reasonPort, "redis://user:hidden": reasonPort, "redis://host:6379x/0": reasonPort, "redis://host:-1": reasonPort,
		"redis://host:0": reasonPortRange, "redis://host:65536": reasonPortRange, "redis://host:99999/0": reasonPortRange, "redis://host:99999999999999999999": reasonPortRange,

		"redis://host:6379/first": reasonDB, "redis://host/0x1": reasonDB, "redis://host/%31": reasonDB, "redis://host?db=first": reasonDB, "redis://host/1.5": reasonDB,
		"redis://host/-1": reasonDBRange, "redis://host/2147483648": reasonDBRange, "redis://host?db=-1": reasonDBRange, "redis://host/99999999999999999999": reasonDBRange,
		"redis://host/0/1": reasonPath, "redis://host/a/b/c": reasonPath,

		"unix://": reasonNoPath, "unix:///": reasonNoPath, "unix://:hidden@": reasonNoPath, "unix://?db=1": reasonNoPath,
		"unix://run/redis.sock": reasonSocket, "unix://:hidden@run/redis.sock": reasonSocket, "unix:///run/%zz.sock": reasonOther,

		"redis://host?a;b": reasonQuery, "redis://host?read_timeout=%zz": reasonQuery,
		"redis://host?timeout=5s": reasonParameter, "redis://host/0?ssl=true": reasonParameter, "redis://host?password=hidden": reasonParameter, "redis://host?hidden": reasonParameter,
		"redis://host?skip_verify=true": reasonTLSOnly, "unix:///run/redis.sock?skip_verify=1": reasonTLSOnly,
		"redis://host?read_timeout=hidden": "read_timeout" + reasonValue, "redis://host?pool_size=many": "pool_size" + reasonValue, "redis://host?pool_fifo=maybe": "pool_fifo" + reasonValue,
		"rediss://host?skip_verify=maybe": "skip_verify" + reasonValue, "redis://host?pool_size=99999999999": "pool_size" + reasonValue, "redis://host?min_idle_conns=-1": "min_idle_conns" + reasonValue,
	} {
		opts, err := Parse(address)
		if !errors.Is(err, ErrURL) || err.Error() != "cannot be read: "+want {
			t.Errorf("%q: got %v and %v, want the reason %q", address, opts, err, want)
		}
		if !slices.Contains(reasons(), want) || strings.Contains(want, "hidden") {
			t.Errorf("%q: the reason %q is not among all reasons, or has a password in it", address, want)
		}
	}
}

// What go-redis reads as it was meant is read, and clients can be made of it.
func TestAddressesThatAreRead(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]redis.Options{
		"redis://host":                                         {Addr: "host:6379"},
		"REDIS://host/":                                        {Addr: "host:6379"},
		"redis://host:/3":                                      {Addr: "host:6379", DB: 3},
		"rediss://user:pa%40ss@host:1":                         {Addr: "host:1", Username: "user", Password: "pa@ss"},
		"redis://:p@ss:word@host:65535":                        {Addr: "host:65535", Password: "p@ss:word"},
		"redis://default:@host":                                {Addr: "host:6379", Username: "default"},
		"redis://[::1]":                                        {Addr: "[::1]:6379"},
		"redis://[fe80::1%25eth0]:7/2":                         {Addr: "[fe80::1%eth0]:7", DB: 2},
		"redis://redis_1.local:6379":                           {Addr: "redis_1.local:6379"},
		"redis://bücher.example":                               {Addr: "bücher.example:6379"},
		"unix:///run/redis@1.sock":                             {Addr: "/run/redis@1.sock"},
		"unix://:pass@/run/my redis.sock?db=2&client_name=a@b": {Addr: "/run/my redis.sock", Password: "pass", DB: 2},
		"unix://localhost/run/redis.sock":                      {Addr: "/run/redis.sock"},
		"redis://host?client_name=a@b&read_timeout=5s&pool_size=1000000":   {Addr: "host:6379"},
		"redis://host?max_retries=-1&pipeline_pool_size=-1&max_conn_age=0": {Addr: "host:6379"},
		"redis://host?pool_size=0&min_idle_conns=0&dial_timeout=-1":        {Addr: "host:6379"},
		"rediss://host/0?skip_verify=true":                                 {Addr: "host:6379"},
	} {
		read, err := Parse(address)
		if err != nil {
			t.Errorf("%q: got %v, want it read", address, err)
			continue
		}
		opts := read.Options
		if opts.Addr != want.Addr || opts.Username != want.Username || opts.Password != want.Password || opts.DB != want.DB {
			t.Errorf("%q: got %s, %q, %q, %d, want %s, %q, %q, %d", address,
				opts.Addr, opts.Username, opts.Password, opts.DB, want.Addr, want.Username, want.Password, want.DB)
		}
		if err := New(read).Close(); err != nil {
			t.Errorf("%q: close its client: %v", address, err)
		}
	}
}

// Sentinels and clusters have several hosts, each with a port.
func TestAddressesWithSeveralHosts(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]Address{
		"redis-sentinel://a:1,b/m":                                         {Kind: Sentinel, hosts: []string{"a:1", "b:26379"}, master: "m"},
		"REDIS-SENTINEL://user:pa%40ss@a/m.1/3?db=3":                       {Kind: Sentinel, hosts: []string{"a:26379"}, master: "m.1"},
		"rediss-sentinel://:pass@[::1]:1,[fe80::1]/m":                      {Kind: Sentinel, hosts: []string{"[::1]:1", "[fe80::1]:26379"}, master: "m"},
		"redis-sentinel://a/m?sentinel_username=s&sentinel_password=p%40q": {Kind: Sentinel, hosts: []string{"a:26379"}, master: "m", sentinelUser: "s", sentinelPassword: "p@q"},
		"redis-cluster://:pass@a,b:7000":                                   {Kind: Cluster, hosts: []string{"a:6379", "b:7000"}},
		"rediss-cluster://a:/?db=0&skip_verify=true":                       {Kind: Cluster, hosts: []string{"a:6379"}},
	} {
		got, err := Parse(address)
		if err != nil {
			t.Errorf("%q: got %v, want it read", address, err)
			continue
		}
		if got.Kind != want.Kind || !slices.Equal(got.hosts, want.hosts) || got.master != want.master || got.sentinelUser != want.sentinelUser || got.sentinelPassword != want.sentinelPassword {
			t.Errorf("%q: got %+v, want %+v", address, got, want)
		}
		if db := got.Options.DB; (db == 3) != strings.Contains(address, "/3") {
			t.Errorf("%q: got database %d", address, db)
		}
		if tls := got.Options.TLSConfig; (tls != nil) != strings.HasPrefix(address, "rediss") || tls != nil && (tls.ServerName != "" || tls.InsecureSkipVerify != strings.Contains(address, "skip_verify")) {
			t.Errorf("%q: got TLS %+v", address, tls)
		}
		if hasLogin := got.Options.Password != ""; hasLogin != strings.Contains(address, "@") || HasPassword(address) != (hasLogin || want.sentinelPassword != "") {
			t.Errorf("%q: got password %q", address, got.Options.Password)
		}
		if err := New(got).Close(); err != nil {
			t.Errorf("%q: close its client: %v", address, err)
		}
	}
}

// Every parameter that is known is go-redis's.
func TestGoRedisReadsEveryParameter(t *testing.T) {
	t.Parallel()
	for _, name := range goRedisParameters() {
		if _, err := redis.ParseURL("rediss://host?" + name + "=1"); err != nil {
			t.Errorf("%s: got %v, want it read", name, err)
		}
	}
	for _, name := range sizes() {
		if !slices.Contains(parameters(), name) {
			t.Errorf("%s is a size and no parameter", name)
		}
	}
}

func TestHasPassword(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"redis://:hidden@host": true, "rediss://user:hidden@host/0": true, "redis://:hid#den@host": true, "redis://:hid/den@host": true, "unix://:hidden@/s": true,
		":hidden@host": true, "nonsense://:hidden@host": true, "redis://:hid@den@host": true,
		"redis-sentinel://:hidden@a,b/m": true, "redis-sentinel://a/m?sentinel_password=hidden": true, "redis-sentinel://a/?sentinel_password=hidden": true, "redis-cluster://:hidden@a,b/0": true,
		"redis-sentinel://a/m?sentinel_username=u": false, "redis-cluster://a,b": false,
		"redis://host:6379": false, "redis://default@host": false, "redis://default:@host": false, "": false, "unix:///run/a:b@c.sock": false, "redis://host?client_name=a:b@c": false,
	} {
		if got := HasPassword(address); got != want {
			t.Errorf("%q: got %v, want %v", address, got, want)
		}
	}
}

// Whatever a password is made of, and wherever it ends up: the address is read as it
// is meant when it is percent-encoded, and what is said otherwise has no part of it.
func FuzzParse(f *testing.F) {
	for _, password := range []string{"hidden", "hid@den", "hid#den", "hid/den", "hid?den=1", "hid%den", "100%", "hid den", "[::1]", "host:6379", "é", "?db=@", ":", ""} {
		f.Add("user", password, "@host:6379/0")
		f.Add("", password, "@[::1")
		f.Add("", password, "")
	}
	f.Fuzz(func(t *testing.T, user, password, rest string) {
		for _, scheme := range []string{"redis://", "unix://", "nonsense://", ""} {
			_, err := Parse(scheme + user + ":" + password + rest)
			if err == nil {
				continue
			}
			reason, found := strings.CutPrefix(err.Error(), "cannot be read: ")
			if !found || !errors.Is(err, ErrURL) || !slices.Contains(reasons(), reason) {
				t.Errorf("got %v, want one of the reasons and nothing else", err)
			}
		}
		if password == "" {
			return
		}
		meant := url.URL{Scheme: "redis", User: url.UserPassword(user, password), Host: "host:6379", Path: "/0"}
		read, err := Parse(meant.String())
		if err != nil || read.Options.Username != user || read.Options.Password != password || read.Options.Addr != "host:6379" {
			t.Errorf("%q: got %v and %v, want it read as it is meant", meant.String(), read, err)
		}
		if !HasPassword(meant.String()) {
			t.Errorf("%q: got no password, want one", meant.String())
		}
	})
}
