package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/input"
)

// dryRun reads and checks all of it, and prints what would be enqueued. It talks
// to no Redis, so it does not know which ids are there already.
func dryRun(c *cobra.Command, in *source, r *enqueueReport, opts []enqueue.Option) error {
	k, err := load(c.Flags())
	if err != nil {
		return err
	}
	address, err := redisURL(k)
	if err != nil {
		return err
	}
	client, err := enqueue.New(enqueue.Config{RedisURL: address, Windows: windowsOf(k)}) // connects to nothing
	if err != nil {
		return usagef("%v", err)
	}
	defer func() { _ = client.Close() }()
	if err := r.begin(); err != nil {
		return err
	}
	in.check = func(item campaign.Campaign) error { return client.Check(item, opts...) }
	d := &dryReport{enqueueReport: r, client: client, opts: opts, ids: map[uint64]dryLine{}, seed: maphash.MakeSeed()}
	for items := range in.pieces {
		for item := range items {
			d.item(item)
		}
	}
	if err := context.Cause(c.Context()); err != nil {
		r.fail(fmt.Errorf("%w: not all of it was read", err))
	}
	return d.finish()
}

// dryReport prints what would become of each line.
type dryReport struct {
	*enqueueReport
	client *enqueue.Client
	opts   []enqueue.Option
	ids    map[uint64]dryLine // by the hash of account and id
	seed   maphash.Seed
	twice  int
	other  int // of those, with other content
}

// dryLine is a line of the file, with the hash of its campaign.
type dryLine struct {
	number  int
	content uint64
}

// maxDryIDs bounds the ids that are kept to find those that come twice: some
// 60 MB.
const maxDryIDs = 1_000_000

func (d *dryReport) item(item enqueue.Item) {
	if item.Err != nil {
		d.refuse(item)
		return
	}
	c, warnings, err := d.client.Preview(item.Campaign, d.opts...)
	if err != nil {
		d.refuse(enqueue.Item{Line: item.Line, Err: err})
		return
	}
	l := line{Line: item.Line, Result: "would_enqueue", Account: c.Account, ID: c.ID, Warnings: warnings, Campaign: &c}
	if first, twice := d.first(c, item.Line); twice {
		d.twice++
		l.Result, l.Error = "twice", fmt.Sprintf("line %d has the id %s too: that one would be enqueued, this one not", first.number, c.ID)
		if first.content != d.contentOf(c) {
			d.other++
			l.Error += "; its content is another, and would be lost"
		}
	} else {
		d.tally.enqueued.Add(1)
		d.show(l)
	}
	d.print(l)
}

// first is the line that has the same id, if there is one before.
func (d *dryReport) first(c campaign.Campaign, at int) (dryLine, bool) {
	if c.ID == "" {
		return dryLine{}, false
	}
	id := maphash.String(d.seed, c.Account+"/"+c.ID)
	first, twice := d.ids[id]
	if !twice && len(d.ids) < maxDryIDs {
		d.ids[id] = dryLine{at, d.contentOf(c)}
	}
	return first, twice
}

func (d *dryReport) contentOf(c campaign.Campaign) uint64 { return maphash.String(d.seed, fieldsOf(c)) }

// show prints a campaign as it was understood, field by field.
func (d *dryReport) show(l line) {
	if d.json {
		return
	}
	begin := "would enqueue"
	if l.Line > 0 {
		begin = fmt.Sprintf("line %d: would enqueue", l.Line)
	}
	if _, err := fmt.Fprintln(d.out, begin, plainJSON(fieldsOf(*l.Campaign))); err != nil {
		d.fail(fmt.Errorf("write what would be enqueued: %w", err))
	}
}

// fieldsOf are the fields of a campaign that are set, as JSON has them.
func fieldsOf(c campaign.Campaign) string {
	var text bytes.Buffer
	values := map[string]json.RawMessage{}
	if err := errors.Join(printJSON(&text, c), json.Unmarshal(text.Bytes(), &values)); err != nil { // never: the campaign is valid
		return c.Account + "/" + c.ID
	}
	var all []string
	for _, name := range input.Fields() {
		if value, ok := values[name]; ok {
			all = append(all, name+"="+string(value))
		}
	}
	return strings.Join(all, " ")
}

// finish prints the sum and turns it into the exit code.
func (d *dryReport) finish() error {
	if !d.json {
		sum := fmt.Sprintf("%d would be enqueued, unless they are known already; %d invalid", d.tally.enqueued.Load(), d.tally.invalid.Load())
		if d.twice > 0 {
			sum += fmt.Sprintf(", %d twice in the file (%d with other content)", d.twice, d.other)
		}
		if len(d.ids) == maxDryIDs {
			sum += fmt.Sprintf(" (ids behind the first %d were not compared)", maxDryIDs)
		}
		if _, err := fmt.Fprintln(d.out, sum+". Nothing was written to Redis."); err != nil {
			d.fail(fmt.Errorf("write the sum: %w", err))
		}
	}
	switch {
	case d.failed != nil:
		return d.failed
	case d.tally.invalid.Load() > 0:
		return errSilent(exitUsage)
	default:
		return nil
	}
}
