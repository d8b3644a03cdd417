package octopush

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/record"
)

// wantNoKey fails if the key shows, in any form it may be quoted in.
func wantNoKey(t *testing.T, what, text string) {
	t.Helper()
	for _, form := range []string{
		testKey, testKey[:len(testKey)/2], url.QueryEscape(testKey), url.PathEscape(testKey), fmt.Sprintf("%x", testKey), fmt.Sprintf("%d", []byte(testKey)),
		strings.ReplaceAll(testKey, "/", `\/`),
	} {
		if strings.Contains(text, form) {
			t.Errorf("%s shows the key: %s", what, text)
		}
	}
}

func printed(v any) string {
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3s"} {
		fmt.Fprintf(&b, verb+"\n", v)
	}
	return b.String()
}

func TestKeyIsNotPrinted(t *testing.T) {
	t.Parallel()
	cfg := Config{Login: testLogin, Key: testKey}
	c := newClient(t, cfg)
	_, err := New(Config{BaseURL: "http://h", Login: testLogin, Key: testKey})
	type holder struct{ c *Client }
	for name, v := range map[string]any{
		"secret": cfg.Key, "pointer": &cfg.Key, "config": cfg, "config pointer": &cfg, "client": c, "holder": holder{c},
		"error": err, "wrapped": fmt.Errorf("x: %w", err), "joined": errors.Join(err, err),
		"slice": []Secret{cfg.Key}, "map": map[Secret]Secret{cfg.Key: cfg.Key},
	} {
		wantNoKey(t, name, printed(v))
	}
}

func TestKeyIsNotEncoded(t *testing.T) {
	t.Parallel()
	cfg := struct {
		Key  Secret
		Keys []Secret
	}{testKey, []Secret{testKey}}
	raw, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(raw), `{"Key":"[redacted]","Keys":["[redacted]"]}`; got != want {
		t.Errorf("JSON: got %v, want %v", got, want)
	}
	var log strings.Builder
	for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(h).Info("x", "key", cfg.Key, "all", cfg)
	}
	wantNoKey(t, "log", log.String())
}

func TestSecretShowsWhetherItIsThere(t *testing.T) {
	t.Parallel()
	if got, want := fmt.Sprintf("%v %q %#v", Secret(""), Secret(""), Secret("x")), ` "" octopush.Secret("[redacted]")`; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := Secret(testKey).Reveal(), testKey; got != want {
		t.Errorf("Reveal: got %v, want %v", got, want)
	}
}

// An API, or something between it and us, that repeats the key.
func TestKeyIsScrubbedFromOutcomes(t *testing.T) {
	t.Parallel()
	slashed := strings.ReplaceAll(testKey, "/", `\/`)
	for _, body := range []string{
		`{"code":101,"message":"no user with key ` + testKey + `"}`,
		`{"code":101,"message":"no user with key ` + slashed + `"}`,
		`{"code":101,"message":"` + strings.Repeat("x", 480) + testKey + `"}`,
		`{"code":101,"message":{"headers":["` + slashed + `"]}}`,
		`{"code":101,"message":"?key=` + url.QueryEscape(testKey) + `"}`,
		`{"sending_date":"` + testKey + `","ticket":"` + testKey + `","status":"` + testKey + `","cost":"` + testKey + `"}`,
		`{"code":"` + testKey + `"}`, testKey,
		`{"code":{"a":"` + slashed + `"}}`, `{"status":["` + slashed + `"]}`, `{"sending_date":"` + slashed + `"}`,
		`{"message":"no","errors":{"api-key":["` + slashed + `"],"` + slashed + `":"?"}}`,
		`{"message":"` + strings.Repeat("x", 195) + testKey + `","errors":{"a":"` + strings.Repeat("y", 280) + testKey + `"}}`,
	} {
		for _, status := range []int{200, 401, 500} {
			c := setup(t, answerWith(status, body))
			for _, call := range calls() {
				wantNoKey(t, string(call), fmt.Sprintf("%+v", c.Do(t.Context(), request(call))))
			}
		}
	}
	for _, raw := range []string{
		testKey, "HTTP/1.1 " + testKey + "\r\n\r\n", "HTTP/1.1 200 OK\r\n" + testKey + "\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: " + testKey + "\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + testKey + "\r\n\r\n",
	} {
		c := newClient(t, Config{BaseURL: listen(t, func(c net.Conn, in *bufio.Reader) {
			if readRequest(in) {
				_, _ = io.WriteString(c, raw)
			}
		})})
		o := c.Do(t.Context(), request(campaign.CallCreate))
		wantClass(t, o, record.ClassUnanswered)
		wantNoKey(t, raw, fmt.Sprintf("%+v", o))
	}
}

// A key with characters that Go and JSON escape.
func TestQuotedKeyIsScrubbed(t *testing.T) {
	t.Parallel()
	const key = `a"b\c+d`
	c, err := New(Config{Login: testLogin, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{key, strconv.Quote(key), url.QueryEscape(key), url.PathEscape(key)} {
		got := c.presentable(record.Outcome{Message: "x " + form}).Message
		if !strings.Contains(got, redacted) || strings.Contains(got, form) {
			t.Errorf("%s: got %q, want it redacted", form, got)
		}
	}
}

func TestKeyIsNoTicket(t *testing.T) {
	t.Parallel()
	const key = "abcdef0123456789"
	srv := setup(t, answerWith(201, `{"ticket":"`+key+`"}`))
	c := newClient(t, Config{BaseURL: srv.base.String(), Key: key})
	o := c.Do(t.Context(), request(campaign.CallCreate))
	wantClass(t, o, record.ClassUnanswered)
	if strings.Contains(fmt.Sprintf("%+v", o), key) {
		t.Errorf("outcome shows the key: %+v", o)
	}
}
