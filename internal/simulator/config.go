package simulator

import (
	"fmt"
	"time"
)

// The account of a server whose Config names none.
const (
	DefaultLogin   = "sim@example.com"
	DefaultKey     = "sim-key"
	DefaultBalance = 1000.0 // euros
)

// What status answers about a ticket that was sent (Config.AfterSend). The real answer is unknown.
const (
	AfterSendSent    = "sent"    // 400 with code 132, already sent
	AfterSendReady   = "ready"   // 200, as if it was still ready
	AfterSendBare    = "bare"    // 400 with a message and no code
	AfterSendUnknown = "unknown" // 400 with code 131, unknown campaign
)

// Config says how a Server behaves. The zero value is usable; New fills in the documented defaults and refuses what
// makes no sense.
type Config struct {
	// Accounts are the logins that are let in. With none, there is one: DefaultLogin with DefaultKey and DefaultBalance.
	Accounts []Account

	// ComputeTime is how long a new ticket is under computation. Zero means that it is ready at once.
	ComputeTime time.Duration
	// RefuseWhileComputing makes status refuse a ticket that is not ready with 400 and NotReadyCode. Otherwise it
	// answers 200 and "under_computation". Both are documented (doc).
	RefuseWhileComputing bool
	// NotReadyCode is the code of the refusal of a ticket that is not ready. Default 127 (sdk).
	NotReadyCode int
	// ReadyStatus is the word for a ready ticket. Default "ready_to_be_sent" (doc); the sample on the same page says
	// "ready_to_be_send" (doc).
	ReadyStatus string
	// AfterSend chooses what status answers about a sent ticket. Default AfterSendSent (unknown).
	AfterSend string

	// DuplicateCode is the code of the refusal of a request_id that was seen before. Default 182 (3rd); 120 is the
	// legacy one (sdk).
	DuplicateCode int
	// RequestIDTTL is how long a request_id is remembered. Default 24 hours (doc).
	RequestIDTTL time.Duration
	// RefusedUsesRequestID makes a refused create use its request_id up. Whether the real one does is unknown.
	RefusedUsesRequestID bool

	// Contacts is the number of contacts on every list and tag. Zero derives one from the name, between 1 and 500.
	Contacts int
	// PricePerContact is what one contact costs, in euros. Default 0.05.
	PricePerContact float64

	// Latency is waited before every call is carried out, and up to Jitter more.
	Latency time.Duration
	Jitter  time.Duration
	// Shares are faults as shares of all calls.
	Shares Shares
	// Strict names the strictnesses that are on from the start and after a reset; StrictAll is all of them. Default none.
	Strict []string
	// RetryAfter is what a 429 says in its Retry-After header, in seconds. Default 1.
	RetryAfter int
	// HugeSize is the size of a huge answer in bytes. Default 10 MiB.
	HugeSize int
	// MaxHang is how long a hanging call waits for its client to go away before it is dropped. Default 1 minute.
	MaxHang time.Duration

	// Reports says how what became of messages is reported. Only Run reports.
	Reports Reports

	// AnyHost answers the simulator's own endpoints under any Host name. Otherwise they want localhost or a loopback
	// address, so that no web page reaches them by a name of its own (DNS rebinding).
	AnyHost bool
	// LogSize is how many calls the journal keeps. Default 1,000,000, a few hundred bytes each; it grows as needed.
	LogSize int
	// Seed seeds the random choice of faults, jitter and strange status words.
	Seed uint64
	// Now is the clock for tickets, request_ids and the journal. Default time.Now. Waits use real timers.
	Now func() time.Time
}

// Account is one login with its credentials and its credit.
type Account struct {
	// Login is the value of the api-login header, an e-mail address (doc).
	Login string
	// Key is the value of the api-key header.
	Key string `json:"-"`
	// Balance is the credit in euros. Zero is no credit: every send is refused with 104.
	Balance float64
}

// String keeps the key out of logs and messages.
func (a Account) String() string { return fmt.Sprintf("{%s %.2f}", a.Login, a.Balance) }

// GoString keeps the key out of %#v.
func (a Account) GoString() string { return "simulator.Account" + a.String() }

// Shares are faults as shares of all calls, each between 0 and 1, together at most 1. At most one befalls a call, and
// none befalls a call that a rule matched.
type Shares struct {
	Status500  float64 // answered 500, not carried out
	Status503  float64 // answered 503, not carried out
	Status429  float64 // answered 429 with Retry-After, not carried out
	Hang       float64 // never answered, not carried out
	DropBefore float64 // connection reset, not carried out
	DropAfter  float64 // connection reset after the call was carried out
	Garbage    float64 // carried out, answered with what is not JSON
	Huge       float64 // carried out, answered with Config.HugeSize bytes
}

// share is one field of Shares with the kind of fault it stands for.
type share struct {
	fault string
	part  float64
}

// list returns the shares in the order in which they are drawn.
func (s Shares) list() []share {
	return []share{
		{Fault500, s.Status500},
		{Fault503, s.Status503},
		{Fault429, s.Status429},
		{FaultHang, s.Hang},
		{FaultDropBefore, s.DropBefore},
		{FaultDropAfter, s.DropAfter},
		{FaultGarbage, s.Garbage},
		{FaultHuge, s.Huge},
	}
}
