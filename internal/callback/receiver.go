package callback

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/octoq/octoq/internal/result"
)

// Topic is what a callback is about, as its address says.
type Topic string

// The topics.
const (
	Deliveries Topic = "deliveries"
	Replies    Topic = "replies"
	OptOuts    Topic = "optouts"
)

// Topics are all of them.
func Topics() []Topic { return []Topic{Deliveries, Replies, OptOuts} }

// What became of a callback, for the metrics.
const (
	Stored      = "stored"
	Unreadable  = "unreadable"
	Unavailable = "unavailable" // it could not be stored
	WrongSecret = "wrong_secret"
	Slowed      = "slowed" // a wrong secret behind too many others
)

const (
	// maxBody bounds the body of a request, in bytes.
	maxBody = 1 << 20
	// storeWithin is how long storing may take: Octopush waits for a second.
	storeWithin = 900 * time.Millisecond
)

// Store keeps what is reported. What it has returned nil for is there; it may receive
// the same twice.
type Store interface {
	TakeReports(ctx context.Context, account string, all []result.DeliveryReport) error
	TakeReplies(ctx context.Context, account string, all []result.Inbound) error
	TakeOptOuts(ctx context.Context, account string, all []result.Inbound) error
}

// Receiver takes callbacks.
type Receiver struct {
	Secrets
	Store Store
	// Counted is given what became of each callback, by account and topic; both are ""
	// where the secret was wrong.
	Counted func(account string, topic Topic, what string)
	// Arrived is given how long ago what was stored had happened, of each report, reply and
	// opt-out that says when; nil is not.
	Arrived func(account string, topic Topic, after time.Duration)
	// OnError is given why callbacks were not stored.
	OnError func(account string, err error)
}

// Receive answers one request, whose secret was right: 200 once it is stored, 503 where
// it cannot be, and should be sent again. No answer has a body.
func (r *Receiver) Receive(w http.ResponseWriter, req *http.Request, account string, topic Topic) {
	status, what := r.take(w, req, account, topic)
	r.Counted(account, topic, what)
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "2")
	}
	w.WriteHeader(status)
}

func (r *Receiver) take(w http.ResponseWriter, req *http.Request, account string, topic Topic) (status int, what string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return http.StatusRequestEntityTooLarge, Unreadable
	}
	if err != nil {
		return http.StatusBadRequest, Unreadable
	}
	all, err := read(body)
	if err != nil {
		return http.StatusBadRequest, Unreadable
	}
	ctx, cancel := context.WithTimeout(req.Context(), storeWithin)
	defer cancel()
	err = r.store(ctx, account, topic, all)
	switch {
	case errors.Is(err, errUnreadable):
		return http.StatusBadRequest, Unreadable
	case err != nil:
		r.OnError(account, err)
		return http.StatusServiceUnavailable, Unavailable
	default:
		return http.StatusOK, Stored
	}
}

func (r *Receiver) store(ctx context.Context, account string, topic Topic, all []reported) error {
	arrived := func(at time.Time) { r.arrived(account, topic, at) }
	ofReport, ofMessage := func(d result.DeliveryReport) { arrived(d.At) }, func(m result.Inbound) { arrived(m.At) }
	switch topic {
	case Deliveries:
		return storeAll(ctx, account, all, reported.report, r.Store.TakeReports, ofReport)
	case Replies:
		return storeAll(ctx, account, all, reported.reply, r.Store.TakeReplies, ofMessage)
	default:
		return storeAll(ctx, account, all, reported.optOut, r.Store.TakeOptOuts, ofMessage)
	}
}

// arrived passes on how long ago something had happened. Octopush's clock may be ahead of this
// one.
func (r *Receiver) arrived(account string, topic Topic, at time.Time) {
	if r.Arrived != nil && !at.IsZero() {
		r.Arrived(account, topic, max(time.Since(at), 0))
	}
}

// storeAll stores what can be made of the fields, and then notes each; errUnreadable is
// where that is nothing.
func storeAll[T any](
	ctx context.Context, account string, all []reported, of func(reported) (T, bool), take func(context.Context, string, []T) error, note func(T),
) error {
	var made []T
	for _, f := range all {
		if one, ok := of(f); ok {
			made = append(made, one)
		}
	}
	if len(made) == 0 {
		return errUnreadable
	}
	if err := take(ctx, account, made); err != nil {
		return err
	}
	for _, one := range made {
		note(one)
	}
	return nil
}
