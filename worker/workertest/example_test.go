package workertest_test

import (
	"context"
	"fmt"
	"log"
	"testing"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/enqueue/enqueuetest"
	"github.com/octoq/octoq/worker/workertest"
)

func Example() {
	t := &exampleT{} // in a test, its own *testing.T
	defer t.end()

	kit := enqueuetest.New(t)
	w := workertest.Start(t, workertest.Config{Redis: kit.Redis(), Contacts: 40})
	w.Fault(workertest.Fault{Call: campaign.CallCreate, Times: 1, HTTPStatus: 503})

	_, err := kit.Client().Enqueue(context.Background(), campaign.Campaign{
		ID: "hello", ListName: "customers", Text: "Hello", Type: campaign.TypePremium, Purpose: campaign.PurposeAlert,
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	record := w.Await(t, kit.Client(), "hello")
	fmt.Println(record.State, "to", record.Contacts, "contacts for", record.Cost)
	fmt.Println("creates tried:", record.Attempts.Create, "sends:", w.ConfirmCount("customers"))
	// Output:
	// sent to 40 contacts for 2.00 €
	// creates tried: 2 sends: 1
}

// exampleT stands in for the *testing.T that examples do not have.
type exampleT struct {
	testing.TB
	cleanups []func()
}

func (*exampleT) Helper()                        {}
func (t *exampleT) Cleanup(f func())             { t.cleanups = append(t.cleanups, f) }
func (*exampleT) Errorf(format string, a ...any) { log.Printf(format, a...) }
func (*exampleT) Fatalf(format string, a ...any) { log.Fatalf(format, a...) }

func (t *exampleT) end() {
	for i := len(t.cleanups) - 1; i >= 0; i-- {
		t.cleanups[i]()
	}
}
