package accessstore_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/octoq/octoq/internal/access"
	"github.com/octoq/octoq/internal/accessstore"
	"github.com/octoq/octoq/internal/durability"
	"github.com/octoq/octoq/internal/redistest"
)

// onDisk is what takes rights away waits for in these tests.
func onDisk() durability.Target { return durability.Target{Disk: true, Within: 10 * time.Second} }

// durableStore is a store on a Redis that confirms its disk.
func durableStore(t *testing.T) (*accessstore.Store, *redistest.Server) {
	t.Helper()
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	return accessstore.New(server.Client(), "user:root", onDisk()), server
}

func grants(t *testing.T, texts ...string) []access.Grant {
	t.Helper()
	var all []access.Grant
	for _, text := range texts {
		g, err := access.ParseGrant(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	return all
}

func directory(t *testing.T, s *accessstore.Store) access.Directory {
	t.Helper()
	d, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func addUser(t *testing.T, s *accessstore.Store, name string, roles ...string) {
	t.Helper()
	if err := s.AddUser(t.Context(), name, "hash of "+name, grants(t, roles...)); err != nil {
		t.Fatal(err)
	}
}

func addToken(t *testing.T, s *accessstore.Store, name string) (text string) {
	t.Helper()
	token := access.Token{Name: name, Kind: access.Live, Grants: grants(t, "producer@a")}
	token.ID, text, token.Sum = access.NewToken(access.Live)
	if _, err := s.AddToken(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	return text
}

// actions are what the audit log says that was done.
func actions(t *testing.T, s *accessstore.Store) []string {
	t.Helper()
	var all []string
	page, _, err := s.Audit(t.Context(), time.Time{}, "", 1000)
	for _, e := range page {
		all = append(all, strings.TrimSpace(e.Who+" "+e.Action+" "+e.Subject+" "+e.Detail))
		if time.Since(e.At).Abs() > time.Minute {
			t.Errorf("%+v: want the time of Redis", e)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A user's way from being added to being removed, each step on record.
func TestUsers(t *testing.T) {
	t.Parallel()
	s, _ := durableStore(t)
	ctx := t.Context()
	addUser(t, s, "anna", "admin")
	addUser(t, s, "ben", "viewer", "operator@a")
	if err := s.AddUser(ctx, "ben", "x", grants(t, "admin")); !errors.Is(err, accessstore.ErrTaken) {
		t.Errorf("a name that is taken: got %v", err)
	}
	before := directory(t, s).Users["ben"]
	if before.Caller().May(access.Operator, "a") != nil || before.Caller().May(access.Operator, "b") == nil || before.ChangedBy != "user:root" {
		t.Errorf("got %+v, want what was granted", before)
	}
	if err := s.As("user:anna", "192.0.2.1").ChangeUser(ctx, "ben", accessstore.UserChange{Hash: "another"}); err != nil {
		t.Errorf("another password: got %v", err)
	}
	if err := s.ChangeUser(ctx, "ben", accessstore.UserChange{Grants: grants(t, "viewer")}); err != nil {
		t.Errorf("other grants: got %v", err)
	}
	after := directory(t, s).Users["ben"]
	if after.PasswordMark() == before.PasswordMark() || after.Hash != "another" || len(after.Grants) != 1 || !after.CreatedAt.Equal(before.CreatedAt) {
		t.Errorf("got %+v, want both changes and another mark", after)
	}
	if err := s.RemoveUser(ctx, "ben", false); err != nil {
		t.Errorf("remove: got %v", err)
	}
	if err := s.RemoveUser(ctx, "ben", false); !errors.Is(err, accessstore.ErrUnknown) {
		t.Errorf("remove again: got %v, want ErrUnknown", err)
	}
	want := []string{
		"user:root user.add user:anna admin", "user:root user.add user:ben viewer operator@a", "user:anna user.password user:ben",
		"user:root user.grants user:ben viewer", "user:root user.remove user:ben",
	}
	if got := actions(t, s); !slices.Equal(got, want) {
		t.Errorf("audit log: got %q, want %q", got, want)
	}
}

// One user has to be able to change users.
func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	s, _ := durableStore(t)
	ctx := t.Context()
	addUser(t, s, "anna", "admin")
	addUser(t, s, "ben", "admin@a", "operator")
	if err := s.RemoveUser(ctx, "anna", false); !errors.Is(err, accessstore.ErrLastAdmin) {
		t.Errorf("remove: got %v, want ErrLastAdmin", err)
	}
	if err := s.ChangeUser(ctx, "anna", accessstore.UserChange{Grants: grants(t, "viewer")}); !errors.Is(err, accessstore.ErrLastAdmin) {
		t.Errorf("take the role: got %v, want ErrLastAdmin", err)
	}
	addUser(t, s, "carl", "admin")
	if err := s.RemoveUser(ctx, "anna", false); err != nil {
		t.Errorf("one of two: got %v", err)
	}
	if err := s.RemoveUser(ctx, "carl", true); err != nil {
		t.Errorf("by force: got %v", err)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	s, server := durableStore(t)
	text := addToken(t, s, "shop-1")
	other := addToken(t, s, "shop-2")
	d := directory(t, s)
	token, err := d.TokenOf(text, time.Now())
	if err != nil || token.Caller().Name != "token:shop-1" || token.Caller().May(access.Producer, "a") != nil {
		t.Errorf("got %+v, %v, want its caller", token, err)
	}
	token.ExpiresAt = time.Now()
	d.Tokens[token.ID] = token
	if _, err := d.TokenOf(text, time.Now()); !errors.Is(err, access.ErrTokenRefused) {
		t.Errorf("expired: got %v", err)
	}
	if err := s.RemoveToken(t.Context(), "shop-1"); err != nil {
		t.Fatal(err)
	}
	d = directory(t, s)
	if _, err := d.TokenOf(text, time.Now()); !errors.Is(err, access.ErrTokenRefused) {
		t.Errorf("removed: got %v", err)
	}
	if _, err := d.TokenOf(other, time.Now()); err != nil {
		t.Errorf("the other one: got %v", err)
	}
	for _, k := range server.Client().Keys(t.Context(), "*").Val() {
		if dump := server.Client().Dump(t.Context(), k).Val(); strings.Contains(dump, text[30:]) || strings.Contains(dump, other[30:]) {
			t.Errorf("%s holds a token", k)
		}
	}
}

// Changes that meet are both made.
func TestChangesAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := durableStore(t)
	var all sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d"} {
		all.Go(func() { addUser(t, s, name, "viewer") })
	}
	all.Wait()
	if got := len(directory(t, s).Users); got != 4 {
		t.Errorf("got %d users, want 4", got)
	}
}

// What takes rights away says that it is made and not kept, and repeating clears that up.
func TestWhatRedisMayForgetIsSaid(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t) // without a file
	s := accessstore.New(server.Client(), "user:root", onDisk())
	ctx := t.Context()
	addUser(t, s, "anna", "viewer")
	addToken(t, s, "shop-1")
	for what, change := range map[string]func(*accessstore.Store) error{
		"password": func(s *accessstore.Store) error {
			return s.ChangeUser(ctx, "anna", accessstore.UserChange{Hash: "another"})
		},
		"token":  func(s *accessstore.Store) error { return s.RemoveToken(ctx, "shop-1") },
		"grants": func(s *accessstore.Store) error { return s.ChangeToken(ctx, "shop-2", grants(t, "viewer")) },
		"reset":  func(s *accessstore.Store) error { _, err := s.Reset(ctx, time.Now().Add(-time.Hour)); return err },
	} {
		if what == "grants" {
			addToken(t, s, "shop-2")
		}
		err := change(s)
		if _, ok := errors.AsType[*accessstore.NotKeptError](err); !ok || !strings.Contains(err.Error(), "is made, not yet kept: ") {
			t.Errorf("%s: got %v, want a NotKeptError", what, err)
		}
	}
	if err := server.Client().ConfigSet(ctx, "appendonly", "yes").Err(); err != nil {
		t.Fatal(err)
	}
	if err := server.Client().ConfigSet(ctx, "appendfsync", "always").Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveToken(ctx, "shop-1"); !errors.Is(err, accessstore.ErrUnknown) {
		t.Errorf("repeated: got %v, want that it is gone, and kept", err)
	}
}

// awaitTime waits until the clock of Redis has come to a time.
func awaitTime(t *testing.T, s *accessstore.Store, at time.Time) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); directory(t, s).Now.Before(at); {
		if time.Now().After(end) {
			t.Fatalf("it is not %v yet", at)
		}
	}
}

// After a restore what came back is ended, and what was added since stays.
func TestResetEndsWhatIsOlder(t *testing.T) {
	t.Parallel()
	s, _ := durableStore(t)
	addUser(t, s, "anna", "admin")
	addToken(t, s, "shop-1")
	restored := directory(t, s).Now.Add(time.Second)
	awaitTime(t, s, restored)
	addUser(t, s, "ben", "admin")
	done, err := s.Reset(t.Context(), restored)
	if err != nil || !slices.Equal(done.Users, []string{"anna"}) || !slices.Equal(done.Tokens, []string{"shop-1"}) {
		t.Errorf("got %+v, %v", done, err)
	}
	d := directory(t, s)
	if _, there := d.Users["ben"]; !there || len(d.Users) != 1 || len(d.Tokens) != 0 || !d.SessionsFrom.Equal(restored) {
		t.Errorf("got %+v, want ben alone", d)
	}
}

// A Redis that is away is an error of its own.
func TestARedisThatIsAway(t *testing.T) {
	t.Parallel()
	s, server := durableStore(t)
	cache := accessstore.NewDirectoryCache(s)
	addUser(t, s, "anna", "admin")
	if _, err := cache.Directory(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Kill()
	if err := s.RemoveUser(t.Context(), "anna", true); !errors.Is(err, accessstore.ErrUnavailable) {
		t.Errorf("remove: got %v", err)
	}
	cache.Forget()
	if _, err := cache.Directory(t.Context()); !errors.Is(err, accessstore.ErrUnavailable) {
		t.Errorf("cache: got %v, want ErrUnavailable", err)
	}
}

// Pages of the log follow each other.
func TestAuditPages(t *testing.T) {
	t.Parallel()
	s, _ := durableStore(t)
	for range 5 {
		if err := s.Note(t.Context(), accessstore.AuditEntry{Action: "sign_in", From: "192.0.2.1"}); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	for cursor := ""; ; {
		page, next, err := s.Audit(t.Context(), time.Now().Add(-time.Minute), cursor, 2)
		if err != nil || seen > 5 {
			t.Fatalf("got %v after %d", err, seen)
		}
		if seen += len(page); len(page) < 2 {
			break
		}
		cursor = next
	}
	if seen != 5 {
		t.Errorf("got %d entries, want 5", seen)
	}
	if page, _, err := s.Audit(t.Context(), time.Now().Add(time.Hour), "", 10); len(page) > 0 || err != nil {
		t.Errorf("from later on: got %v, %v, want nothing", page, err)
	}
}

// A mirror is given what was appended, as the audit log has it.
func TestMirror(t *testing.T) {
	t.Parallel()
	s, server := durableStore(t)
	var mirrored []accessstore.AuditEntry
	s = s.As("user:root", "192.0.2.1").Mirrored(func(e accessstore.AuditEntry) { mirrored = append(mirrored, e) })
	if err := s.AddUser(t.Context(), "ben", "hash", grants(t, "viewer")); err != nil {
		t.Fatal(err)
	}
	if err := s.Note(t.Context(), accessstore.AuditEntry{Who: "user:ben", Action: "sign_in", From: "192.0.2.2"}); err != nil {
		t.Fatal(err)
	}
	if err := s.AddUser(t.Context(), "ben", "hash", grants(t, "viewer")); !errors.Is(err, accessstore.ErrTaken) {
		t.Fatalf("again: got %v, want ErrTaken", err)
	}
	kept, _, err := s.Audit(t.Context(), time.Time{}, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	for i := range kept { // the log has milliseconds
		kept[i].At = kept[i].At.Truncate(time.Second)
	}
	for i := range mirrored {
		mirrored[i].At = mirrored[i].At.Truncate(time.Second)
	}
	if diff := cmp.Diff(kept, mirrored); diff != "" || len(kept) != 2 || kept[0].From != "192.0.2.1" {
		t.Errorf("mirrored, against what is kept (-kept +mirrored):\n%s", diff)
	}
	server.Stop()
	if err := s.Note(t.Context(), accessstore.AuditEntry{Action: "sign_in"}); err == nil || len(mirrored) != 2 {
		t.Errorf("without Redis: got %v and mirrored %d, want an error and nothing mirrored", err, len(mirrored))
	}
}
