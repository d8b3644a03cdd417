package access_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/octoq/octoq/internal/access"
	_ "github.com/octoq/octoq/internal/testenv" // no test sees the developer's own settings
)

func caller(t *testing.T, grants ...string) access.Caller {
	t.Helper()
	c := access.Caller{Name: "user:anna", Kind: access.OfUser}
	for _, text := range grants {
		g, err := access.ParseGrant(text)
		if err != nil {
			t.Fatal(err)
		}
		c.Grants = append(c.Grants, g)
	}
	return c
}

// The whole table of roles: a caller with the role of the line may do what needs those.
func TestEachRoleCovers(t *testing.T) {
	t.Parallel()
	for has, may := range map[access.Role][]access.Role{
		access.Viewer:   {access.Viewer},
		access.Producer: {access.Viewer, access.Producer},
		access.Approver: {access.Viewer, access.Approver},
		access.Operator: {access.Viewer, access.Producer, access.Operator},
		access.Admin:    access.Roles(),
	} {
		for _, needed := range access.Roles() {
			err := caller(t, string(has)).May(needed, "a")
			if allowed := err == nil; allowed != slices.Contains(may, needed) {
				t.Errorf("a %s does what needs %s: got %v", has, needed, err)
			}
		}
	}
}

func TestGrantsHoldInTheirAccounts(t *testing.T) {
	t.Parallel()
	c := caller(t, "viewer", "operator@a+b")
	for _, account := range []string{"a", "b"} {
		if err := c.May(access.Producer, account); err != nil {
			t.Errorf("in %s: got %v", account, err)
		}
	}
	for account, want := range map[string]string{"c": "in account c", "": "concerns all accounts"} {
		err := c.May(access.Operator, account)
		denied, ok := errors.AsType[*access.DeniedError](err)
		if !ok || !denied.Elsewhere || !strings.Contains(err.Error(), want) {
			t.Errorf("in %q: got %v, want it denied there alone", account, err)
		}
	}
	if err := c.May(access.Admin, "a"); err == nil || !strings.Contains(err.Error(), "needs the role admin") {
		t.Errorf("got %v, want that the role is missing", err)
	}
	if err := (access.Caller{}).MayAnywhere(access.Viewer); err == nil {
		t.Error("the zero Caller may read, want that it may nothing")
	}
}

func TestGrantsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "root", "viewer@", "viewer@a+", "viewer@A", "@a", "viewer@" + strings.Repeat("a+", 100) + "a"} {
		if g, err := access.ParseGrant(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, g)
		}
	}
	if err := access.CheckGrants(nil); err == nil {
		t.Error("no role: want an error")
	}
	if g, err := access.ParseGrant("operator@a+b"); err != nil || g.String() != "operator@a+b" {
		t.Errorf("got %v, %v, want the same text again", g, err)
	}
}

// A hash names its settings, and only its password fits.
func TestPasswords(t *testing.T) {
	t.Parallel()
	p, ctx := access.NewPasswords(), t.Context()
	hash, err := p.Hash(ctx, "correct horse")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(hash, "horse") {
		t.Fatalf("got %q, %v", hash, err)
	}
	if again, _ := p.Hash(ctx, "correct horse"); again == hash {
		t.Error("two hashes of one password are the same, want a salt of its own for each")
	}
	for password, want := range map[string]bool{"correct horse": true, "correct horsf": false, "": false, strings.Repeat("x", 10_000): false} {
		if ok, err := p.Verify(ctx, hash, password); ok != want || err != nil {
			t.Errorf("%.20q: got %v, %v, want %v", password, ok, err, want)
		}
	}
	for _, broken := range []string{"", "$argon2id$v=19$m=19456,t=2,p=1$$", "$argon2id$v=19$m=8,t=1,p=1$" + hash[30:], hash[:len(hash)-4]} {
		if ok, _ := p.Verify(ctx, broken, ""); ok {
			t.Errorf("%q: the empty password fits", broken)
		}
	}
}

func TestPasswordsThatAreTooShortOrLong(t *testing.T) {
	t.Parallel()
	for _, password := range []string{"", "eleven char", "ÄÖÜÄÖÜÄÖÜÄÖ", strings.Repeat("a", 513), "valid but \xff for this"} {
		if _, err := access.NewPasswords().Hash(t.Context(), password); err == nil {
			t.Errorf("%.20q: got no error", password)
		}
	}
	if err := access.CheckPassword("ÄÖÜÄÖÜÄÖÜÄÖÜ"); err != nil {
		t.Errorf("twelve characters: got %v", err)
	}
}

// A caller that has gone does not wait for a place.
func TestPasswordsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p := access.NewPasswords()
	held := make(chan struct{})
	t.Cleanup(func() { close(held) })
	access.Occupy(p, held)
	cancel()
	if ok, err := p.Verify(ctx, "", "a password"); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v, want the context's error", ok, err)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	for _, kind := range access.TokenKinds() {
		id, text, sum := access.NewToken(kind)
		if got, err := access.TokenID(text); got != id || err != nil || !strings.HasPrefix(text, "octoq_"+string(kind)+"_"+id) {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, id)
		}
		if !access.IsTokenOf(text, sum) || strings.Contains(sum, text[22:]) {
			t.Errorf("%s does not fit its sum %s", text, sum)
		}
		_, other, _ := access.NewToken(kind)
		if access.IsTokenOf(other, sum) || access.IsTokenOf(text, "") {
			t.Errorf("%s fits a sum that is not its own", other)
		}
		for _, broken := range []string{
			"", text[1:], text[:len(text)-1], text + "a", strings.ToUpper(text), strings.Replace(text, string(kind), "other", 1),
			strings.Replace(text, id, "aaaaaaaaaaaaaaaa", 1), "octoq_live_", "octoq_live",
		} {
			if _, err := access.TokenID(broken); !errors.Is(err, access.ErrNoToken) {
				t.Errorf("%q: got %v, want ErrNoToken", broken, err)
			}
		}
	}
}

// A token counts until its last moment, if it has one, and as long as it is known.
func TestTokensExpire(t *testing.T) {
	t.Parallel()
	id, text, sum := access.NewToken(access.Live)
	end := time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		kept access.Token
		now  time.Time
		want error
	}{
		"one without an end": {access.Token{ID: id, Sum: sum}, end.AddDate(10, 0, 0), nil},
		"just before it":     {access.Token{ID: id, Sum: sum, ExpiresAt: end}, end.Add(-time.Millisecond), nil},
		"at its end":         {access.Token{ID: id, Sum: sum, ExpiresAt: end}, end, access.ErrTokenRefused},
		"of another sum":     {access.Token{ID: id, Sum: access.TokenSum("x")}, end, access.ErrTokenRefused},
		"one that is gone":   {access.Token{ID: "another"}, end, access.ErrTokenRefused},
	} {
		d := access.Directory{Tokens: map[string]access.Token{tc.kept.ID: tc.kept}}
		if got, err := d.TokenOf(text, tc.now); !errors.Is(err, tc.want) || err == nil && got.ID != id {
			t.Errorf("%s: got %+v, %v, want %v", name, got, err, tc.want)
		}
	}
}

// What is to be looked at, or never sent, cannot be let go by its maker.
func TestKindsBoundRoles(t *testing.T) {
	t.Parallel()
	for _, kind := range access.TokenKinds() {
		for _, role := range access.Roles() {
			err := access.CheckKind(kind, []access.Grant{{Role: role}})
			if want := kind == access.Live || role == access.Viewer || role == access.Producer; (err == nil) != want {
				t.Errorf("a %s token as %s: got %v", kind, role, err)
			}
		}
	}
	if err := access.CheckKind("dry", nil); err == nil {
		t.Error("a kind that there is not: got no error")
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"anna", "shop-1", "anna@example.com", "a", strings.Repeat("a", 64)} {
		if err := access.CheckName(name); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, name := range []string{"", "Anna", "an na", "-a", "a:b", "a/b", strings.Repeat("a", 65), "a\n", "ä"} {
		if access.CheckName(name) == nil {
			t.Errorf("%q: got no error", name)
		}
	}
}
