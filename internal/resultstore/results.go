package resultstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/internal/key"
	"github.com/octoq/octoq/internal/result"
)

// Results are those of a ticket of a campaign with so many contacts, as far as they are
// counted: octoq web counts each second. ok is false where nothing was reported.
func (s *Store) Results(ctx context.Context, account, ticket string, contacts int) (r result.Results, ok bool, err error) {
	if !result.ValidTicket(ticket) {
		return r, false, nil
	}
	have, err := s.rdb.HGetAll(ctx, key.Results(account, ticket)).Result()
	if err != nil {
		return r, false, fmt.Errorf("read the results of ticket %s of account %s: %w", ticket, account, err)
	}
	return resultsOf(have, contacts), len(have) > 0, nil
}

// Proof is the latest report of a ticket that only a message has which was sent. ok is
// false where there is none.
func (s *Store) Proof(ctx context.Context, account, ticket string) (status result.DeliveryStatus, at time.Time, ok bool, err error) {
	have, err := s.rdb.HMGet(ctx, key.Results(account, ticket), "proved", "proof").Result()
	if err != nil {
		return "", time.Time{}, false, fmt.Errorf("read what proves ticket %s of account %s: %w", ticket, account, err)
	}
	came, _ := have[0].(string)
	code, _ := have[1].(string)
	status, ok = wordsOf(nil)[code]
	return status, time.Unix(int64(countOf(came)), 0), ok, nil
}

// The fields of a ticket's hash: s:CODE counts the numbers of a status, word:WORD gives a
// word that octoq does not know a code.
const (
	statusField = "s:"
	wordField   = "word:"
)

// otherWords stands for unknown words beyond those that have a code.
const otherWords result.DeliveryStatus = "OTHER"

func resultsOf(have map[string]string, contacts int) result.Results {
	words := wordsOf(have)
	byStatus := map[result.DeliveryStatus]int{}
	for field, n := range have {
		code, ok := strings.CutPrefix(field, statusField)
		if !ok {
			continue
		}
		word, known := words[code]
		if !known {
			word = otherWords
		}
		byStatus[word] += countOf(n)
	}
	r := result.Of(byStatus, contacts)
	r.Replies, r.OptOuts = countOf(have["replies"]), countOf(have["optouts"])
	if last := countOf(have["last"]); last > 0 {
		r.LastReportAt = time.Unix(int64(last), 0).UTC()
	}
	return r
}

// wordsOf are the words of a ticket's reports, by their code.
func wordsOf(have map[string]string) map[string]result.DeliveryStatus {
	words := map[string]result.DeliveryStatus{}
	for _, s := range result.Statuses() {
		words[strconv.Itoa(s.Code())] = s
	}
	for field, code := range have {
		if word, ok := strings.CutPrefix(field, wordField); ok {
			words[code] = result.DeliveryStatus(word)
		}
	}
	return words
}

func countOf(text string) int {
	n, _ := strconv.Atoi(text) // a field that is not there counts as 0
	return n
}
