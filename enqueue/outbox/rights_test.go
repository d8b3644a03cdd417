package outbox_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue/outbox"
)

// page is docs/outbox.md.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/outbox.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The SQL of the page is that of the program.
func TestThePageHasTheSchema(t *testing.T) {
	t.Parallel()
	if !strings.Contains(page(t), "```sql\n"+outbox.Schema()+"```\n") {
		t.Error("docs/outbox.md has another schema than schema.sql: copy it")
	}
}

// The rights that the page grants suffice for both sides, and each is needed.
func TestTheRightsOfThePageAreThoseThatAreNeeded(t *testing.T) {
	t.Parallel()
	grants := regexp.MustCompile(`(?m)^GRANT .* TO (shop|octoq_relay);$`).FindAllString(page(t), -1)
	if len(grants) < 4 {
		t.Fatalf("got the grants %q, want those of both sides", grants)
	}
	w := newWorld(t)
	w.exec(t, `CREATE ROLE shop LOGIN PASSWORD 'shop'; CREATE ROLE octoq_relay LOGIN PASSWORD 'relay'; REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO shop, octoq_relay`)
	if err := w.underRights(t, grants); err != nil {
		t.Fatalf("with all of them: got %v", err)
	}
	for i, grant := range grants {
		for _, less := range fewer(grant) {
			others := slices.Concat(grants[:i], less, grants[i+1:])
			err := w.underRights(t, others)
			if refusal, ok := errors.AsType[*pgconn.PgError](err); !ok || refusal.Code != "42501" {
				t.Errorf("%s: got %v with %q in its place, want a right to be missing", grant, err, less)
			}
		}
	}
}

// fewer are the ways to grant one right less.
func fewer(grant string) [][]string {
	m := regexp.MustCompile(`^GRANT (.*) ON (.*) TO (.*);$`).FindStringSubmatch(grant)
	rights := strings.Split(m[1], ", ")
	var all [][]string
	for i := range rights {
		less := slices.Concat(rights[:i], rights[i+1:])
		if len(less) == 0 {
			all = append(all, nil)
			continue
		}
		all = append(all, []string{"GRANT " + strings.Join(less, ", ") + " ON " + m[2] + " TO " + m[3] + ";"})
	}
	return all
}

// underRights plays all that the two sides do with some rights, and returns the first error.
func (w *world) underRights(t *testing.T, grants []string) error {
	t.Helper()
	w.exec(t, `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM shop, octoq_relay; TRUNCATE octoq_outbox, octoq_outbox_refused; `+strings.Join(grants, " "))
	if err := w.rdb.FlushDB(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	shop, relay := pool(t, strings.Replace(w.url, "owner:s3cret-of-the-owner", "shop:shop", 1)), pool(t, strings.Replace(w.url, "owner:s3cret-of-the-owner", "octoq_relay:relay", 1))
	err := pgx.BeginFunc(ctx, shop, func(tx pgx.Tx) error {
		_, err := outbox.Enqueue(ctx, tx, order("a"))
		return err
	})
	if err != nil {
		return err
	}
	w.exec(t, `INSERT INTO octoq_outbox (campaign) VALUES ('{"id":"bad"}')`)
	w.exec(t, `INSERT INTO octoq_outbox (campaign) VALUES (jsonb_set(`+someCampaign+`, '{account}', '"other"'))`)
	err = outbox.PassOnce(ctx, outbox.Config{Pool: relay, Client: client(t, w.redis.User(onlyAccount("default")...).URL())})
	if err != nil {
		return err
	}
	if got := w.queued(t, campaign.DefaultAccount); !slices.Equal(got, []string{"a"}) {
		t.Errorf("enqueued: got %q, want a", got)
	}
	if _, err := outbox.ReadStatus(ctx, relay); err != nil {
		return err
	}
	found, err := outbox.Refused(ctx, relay, 0, 10)
	if err != nil || len(found) != 1 {
		return err
	}
	if _, err := outbox.Retry(ctx, relay, found[0].Seq); err != nil {
		return err
	}
	_, err = outbox.Drop(ctx, relay, found[0].Seq)
	return err
}
