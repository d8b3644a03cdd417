package simulator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Reports says how the server reports what became of messages, to the addresses that an
// account has set by user/campaign-parameters, or that are configured here. How the
// service does it is documented for one report; what follows a failure is unknown.
type Reports struct {
	// URL is where each account's reports go at first: deliveries, replies and optouts
	// below it. Empty is nowhere.
	URL string
	// Late is waited for before a report, and up to Spread more, so that they come in any
	// order.
	Late, Spread time.Duration
	// Shares of messages: reported twice, never, and for a ticket that was never given.
	Twice, Never, Unknown float64
	// Again is how long after a failed report it is sent again. Default 1 second.
	Again time.Duration
	// Parallel is how many reports are under way at once. Default 8.
	Parallel int
}

func (r Reports) withDefaults() Reports {
	if r.Again == 0 {
		r.Again = time.Second
	}
	if r.Parallel == 0 {
		const parallel = 8
		r.Parallel = parallel
	}
	return r
}

func (r Reports) validate() error {
	var errs []error
	for _, share := range []float64{r.Twice, r.Never, r.Unknown} {
		if !isShare(share) {
			errs = append(errs, fmt.Errorf("a share of reports must be between 0 and 1, got %v", share))
		}
	}
	if r.Late < 0 || r.Spread < 0 || r.Again < 0 || r.Parallel < 0 {
		errs = append(errs, errors.New("times and numbers of reports must not be negative"))
	}
	if u, err := url.Parse(r.URL); r.URL != "" && (err != nil || u.Host == "") {
		errs = append(errs, fmt.Errorf("the URL of reports is none: %q", r.URL))
	}
	return errors.Join(errs...)
}

// MessageReport is what became of one message, as it is sent (doc; the date has no zone).
type MessageReport struct {
	Ticket   string  `json:"message_id"`
	ListName string  `json:"list_name,omitempty"`
	Number   string  `json:"number"`
	Status   string  `json:"status"`
	Price    float64 `json:"unit_price"`
	Date     string  `json:"delivery_date"`
	Channel  string  `json:"channel"`
}

// pendingReport is a report on its way.
type pendingReport struct {
	MessageReport
	url string
	due time.Time
	// known: it counts in what the server says it has delivered.
	known bool
}

// number is the phone number of a contact of a ticket.
func number(t *ticket, i int) string {
	const digits = 100_000_000
	sum := sha256.Sum256([]byte(t.list + "\n" + t.tag))
	return fmt.Sprintf("+336%08d", (binary.BigEndian.Uint64(sum[:8])%digits+uint64(i))%digits) //nolint:gosec // an index
}

// report plans what is reported of a ticket that was sent. The server's mutex is held.
func (s *Server) report(acc *account, t *ticket, now time.Time) {
	if acc.callbacks.Deliveries == "" {
		return
	}
	r := s.cfg.Reports
	for i := range t.contacts {
		if r.Never > 0 && s.reporting.Float64() < r.Never {
			continue
		}
		one := MessageReport{Ticket: t.number, ListName: t.list, Number: number(t, i), Price: s.cfg.PricePerContact, Channel: "sms"}
		for after, status := range s.course() {
			one.Status, one.Date = status, localDate(now.Add(time.Duration(after)*time.Second))
			s.queueReport(acc, one, true)
			if r.Twice > 0 && s.reporting.Float64() < r.Twice {
				s.queueReport(acc, one, true)
			}
		}
		if r.Unknown > 0 && s.reporting.Float64() < r.Unknown {
			one.Ticket = "sms_unknown" + t.number[len(t.number)-1:]
			s.queueReport(acc, one, false)
		}
	}
}

// course are the statuses of one message, one after the other.
func (s *Server) course() []string {
	at := s.reporting.Float64()
	for _, c := range []struct {
		part     float64
		statuses []string
	}{
		{0.7, []string{"DELIVERED"}}, {0.1, []string{"ACK", "DELIVERED"}}, {0.05, []string{"DELIVERED", "READ"}}, {0.05, []string{"ACK", "NOT_DELIVERED"}},
		{0.03, []string{"NOT_DELIVERED"}}, {0.03, []string{"BAD_DESTINATION"}}, {0.02, []string{"BLACKLISTED_NUMBER"}},
	} {
		if at < c.part {
			return c.statuses
		}
		at -= c.part
	}
	return []string{"ACK"}
}

// queueReport queues one report.
func (s *Server) queueReport(acc *account, one MessageReport, known bool) {
	r := s.cfg.Reports
	due := time.Now().Add(r.Late)
	if r.Spread > 0 {
		due = due.Add(time.Duration(s.reporting.Int64N(int64(r.Spread))))
	}
	s.reports.put(pendingReport{MessageReport: one, url: acc.callbacks.Deliveries, due: due, known: known})
}

// localDate writes a date without its zone, which is Central European time (inferred).
func localDate(t time.Time) string {
	zone, err := time.LoadLocation(localZone)
	if err != nil {
		zone = time.UTC
	}
	return t.In(zone).Format(formLocal)
}

// runReports sends what is due until ctx ends.
func (s *Server) runReports(ctx context.Context) {
	done := make(chan struct{})
	for range s.cfg.Reports.Parallel {
		go func() {
			defer func() { done <- struct{}{} }()
			for {
				p, ok := s.reports.next(ctx)
				if !ok {
					return
				}
				s.sendReport(ctx, p)
			}
		}()
	}
	for range s.cfg.Reports.Parallel {
		<-done
	}
	s.reports.client.CloseIdleConnections()
}

// sendReport sends one report; one that is not answered by 2xx is sent again later.
func (s *Server) sendReport(ctx context.Context, p pendingReport) {
	if err := s.post(ctx, p.url, p.MessageReport); err != nil {
		p.due = time.Now().Add(s.cfg.Reports.Again)
		s.reports.failed(p)
		return
	}
	s.reports.delivered(p)
}

// post sends a body to an address, within a second (doc).
func (s *Server) post(ctx context.Context, to string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.reports.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	const bound = 4096
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, bound))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("answered %d", resp.StatusCode)
	}
	return nil
}
