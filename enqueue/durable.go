package enqueue

import (
	"errors"
	"fmt"
	"time"

	"github.com/octoq/octoq/internal/durability"
)

// durableWithin is how long Durable waits unless Within says otherwise: Redis
// syncs once a second, and a busy disk may take some.
const durableWithin = 5 * time.Second

// DurableOption says what Durable waits for.
type DurableOption func(*durableTarget) error

type durableTarget durability.Target

// OnDisk waits until the write is in the append-only file of Redis and synced
// to disk. Durable waits for it unless another target is given. Redis
// confirms it from version 7.2 on (WAITAOF); an older one is believed if its
// appendfsync is always and its settings can be read.
func OnDisk() DurableOption {
	return func(k *durableTarget) error { k.Disk = true; return nil }
}

// OnReplicas waits until n replicas have the write (WAIT). They may have it in
// memory only. Together with OnDisk both are waited for.
func OnReplicas(n int) DurableOption {
	return func(k *durableTarget) error {
		if n < 1 {
			return fmt.Errorf("enqueue: OnReplicas(%d): at least one replica has to be waited for", n)
		}
		k.Replicas = n
		return nil
	}
}

// Within is how long Durable waits, 5 seconds unless it is said. With
// appendfsync everysec a write is on disk after one to two seconds.
func Within(d time.Duration) DurableOption {
	return func(k *durableTarget) error {
		if d <= 0 {
			return fmt.Errorf("enqueue: Within(%v): time to wait is needed", d)
		}
		k.Within = d
		return nil
	}
}

// Durable makes Enqueue, and each batch of EnqueueAll, wait until Redis
// confirms that what was enqueued survives a crash of its machine. Where that
// cannot be confirmed the campaign is enqueued all the same and will be sent:
// the receipt is as complete as ever, and the error is a NotDurableError that
// says why and what to do.
//
// To ask again, enqueue the same campaign under the same id: a DuplicateError
// that is no ErrNotDurable says that it is there, and durable. Therefore
// Durable refuses campaigns without an id, which would be enqueued, and sent, a
// second time.
//
// A batch that waits for the disk takes up to two seconds with appendfsync
// everysec; EnqueueAll makes its batches larger for it.
func Durable(opts ...DurableOption) Option {
	return func(o *options) error {
		k := durableTarget{Within: durableWithin}
		for _, opt := range opts {
			if err := opt(&k); err != nil {
				return err
			}
		}
		k.Disk = k.Disk || k.Replicas == 0
		o.durable = (*durability.Target)(&k)
		return nil
	}
}

// ErrNotDurable is what a NotDurableError is.
var ErrNotDurable = errors.New("not confirmed as durable")

// NotDurableError is returned when a campaign is enqueued, and Redis did not
// confirm that it survives a crash.
type NotDurableError struct {
	Account, ID string
	// Why says what was not confirmed, Do in one sentence what to do about it.
	Why, Do string
	// Err is what Redis or the network said; it may be nil.
	Err error
}

func (e *NotDurableError) Error() string {
	return fmt.Sprintf("campaign %s/%s is enqueued, but %v: %s. %s", e.Account, e.ID, ErrNotDurable, e.Why, e.Do)
}

// Is makes errors.Is(err, ErrNotDurable) true.
func (e *NotDurableError) Is(target error) bool { return target == ErrNotDurable }

// Unwrap is what Redis or the network said.
func (e *NotDurableError) Unwrap() error { return e.Err }
