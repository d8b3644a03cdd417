package enqueuetest_test

import (
	"context"
	"fmt"
	"log"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/enqueue/enqueuetest"
)

// announceSale is the code under test: a part of some shop.
func announceSale(ctx context.Context, client *enqueue.Client, sale string) error {
	_, err := client.Enqueue(ctx, campaign.Campaign{
		ID: "sale-" + sale, ListName: "customers", Text: "The " + sale + " sale is on. STOP au 30101",
		Type: campaign.TypePremium, Purpose: campaign.PurposeWholesale,
	})
	return err
}

func Example() {
	t := newT() // in a test, its own *testing.T
	defer t.end()

	kit := enqueuetest.New(t)
	if err := announceSale(context.Background(), kit.Client(), "spring"); err != nil {
		t.Fatalf("%v", err)
	}
	got := kit.Only(t)
	fmt.Println(got.ID, "to", got.ListName)

	// What the shop does once the campaign is sent can be tested, too.
	kit.Advance("sale-spring", campaign.StateSent, func(r *campaign.Record) { r.Ticket = "sms_1" })
	record, _ := kit.Find("sale-spring")
	fmt.Println(record.State, record.Ticket)
	// Output:
	// sale-spring to customers
	// sent sms_1
}

// exampleT stands in for the *testing.T that examples do not have.
type exampleT struct {
	testing.TB
	cleanups []func()
}

func newT() *exampleT { return &exampleT{} }

func (*exampleT) Helper()                        {}
func (t *exampleT) Cleanup(f func())             { t.cleanups = append(t.cleanups, f) }
func (*exampleT) Fatalf(format string, a ...any) { log.Fatalf(format, a...) }
func (t *exampleT) end() {
	for _, f := range t.cleanups {
		f()
	}
}
