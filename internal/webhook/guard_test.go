package webhook_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/webhook"
)

func guard(t *testing.T, cidrs string) webhook.AddressGuard {
	t.Helper()
	g, err := webhook.NewAddressGuard(cidrs)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestWhichAddressesAreInner(t *testing.T) {
	t.Parallel()
	g := guard(t, "")
	for _, text := range strings.Fields(`0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255
		192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
		:: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::7f00:1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1
		2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 5f00::1 4000::1`) {
		if err := g.Check("https", netip.MustParseAddr(text)); !errors.Is(err, webhook.ErrInner) {
			t.Errorf("%s: got %v, want that it is an inner one", text, err)
		}
	}
	for _, text := range strings.Fields(`1.1.1.1 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.1.1.1 128.1.1.1 169.253.1.1 172.15.1.1 172.32.1.1
		192.0.1.1 192.167.1.1 198.17.1.1 198.20.1.1 223.255.255.255 2600::1 2a00:1450::1 2001:4860::1 ::ffff:8.8.8.8`) {
		if err := g.Check("https", netip.MustParseAddr(text)); err != nil {
			t.Errorf("%s: got %v, want that it may be reached", text, err)
		}
		if err := g.Check("http", netip.MustParseAddr(text)); !errors.Is(err, webhook.ErrPlain) {
			t.Errorf("%s by http: got %v, want https", text, err)
		}
	}
}

func TestWhatIsAllowedBesides(t *testing.T) {
	t.Parallel()
	g := guard(t, " 10.1.0.0/16, fd00:1::/64 ,")
	for text, want := range map[string]error{
		"10.1.2.3": nil, "::ffff:10.1.2.3": nil, "fd00:1::5": nil,
		"10.2.0.1": webhook.ErrInner, "fd00:2::1": webhook.ErrInner, "127.0.0.1": webhook.ErrInner, "8.8.8.8": webhook.ErrPlain,
	} {
		if err := g.Check("http", netip.MustParseAddr(text)); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", text, err, want)
		}
	}
	for _, text := range []string{"10.1.2.3", "x", "10.0.0.0/33", "10.0.0.0/8;fd00::/8"} {
		if _, err := webhook.NewAddressGuard(text); err == nil || !strings.Contains(err.Error(), "CIDR") {
			t.Errorf("%q: got %v, want that it is no CIDR", text, err)
		}
	}
}

func TestURLs(t *testing.T) {
	t.Parallel()
	none, some := guard(t, ""), guard(t, "127.0.0.0/8,10.1.0.0/16")
	for _, c := range []struct {
		url           string
		none, allowed bool // whether it is taken without, and with those allowed
	}{
		{"https://example.com", true, true},
		{"https://example.com:8443/a/b?c=d", true, true},
		{"https://EXAMPLE.com./x", true, true},
		{"https://8.8.8.8/x", true, true},
		{"https://[2600::1]/x", true, true},
		{"http://example.com/", false, true}, // where the name leads decides when it is dialled
		{"http://8.8.8.8/", false, false},
		{"http://10.1.2.3/", false, true},
		{"https://10.1.2.3/", false, true},
		{"https://10.2.2.3/", false, false},
		{"http://localhost:9000/", false, true},
		{"https://LocalHost./", false, true},
		{"https://a.localhost/", false, true},
		{"https://127.0.0.1/", false, true},
		{"https://[::1]/", false, false},
		{"https://[::ffff:10.9.9.9]/", false, false},
		{"https://[fe80::1%25eth0]/", false, false},
		{"https://0x7f.1/", false, false},
		{"https://127.1/", false, false},
		{"https://2130706433/", false, false},
		{"https://example.0x1/", false, false},
		{"https://017700000001/", false, false},
		{"https://user:word@example.com/", false, false},
		{"https://example.com/#part", false, false},
		{"https://example.com/#", false, false},
		{"https:///path", false, false},
		{"https:example.com", false, false},
		{"ftp://example.com", false, false},
		{"//example.com", false, false},
		{"example.com", false, false},
		{"", false, false},
		{"https://example.com/a b", false, false},
		{"https://example.com/\n", false, false},
		{"https://example.com/" + strings.Repeat("a", 2048), false, false},
	} {
		if err := none.CheckURL(c.url); (err == nil) != c.none {
			t.Errorf("%.60q: got %v, want it taken: %v", c.url, err, c.none)
		}
		if err := some.CheckURL(c.url); (err == nil) != c.allowed {
			t.Errorf("%.60q with some allowed: got %v, want it taken: %v", c.url, err, c.allowed)
		}
	}
}
