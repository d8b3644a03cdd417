package ledger

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/octoq/octoq/campaign"
)

// place is an id's place in a state's set: by time, and by name within
// one millisecond.
type place struct {
	at int64 // unix milliseconds
	id string
}

func (p place) before(q place) bool { return p.at < q.at || p.at == q.at && p.id < q.id }

// cursor is the last place of a page, as "<unix milliseconds>:<id>".
func (p place) cursor() string { return strconv.FormatInt(p.at, 10) + ":" + p.id }

func parseCursor(s string) (place, error) {
	at, id, ok := strings.Cut(s, ":")
	ms, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil {
		return place{}, fmt.Errorf("%w: %q is no cursor: give one that a listing returned", campaign.ErrInvalid, s)
	}
	return place{at: ms, id: id}, nil
}

// walk reads a state's set in one direction from a cursor on.
type walk struct {
	key    string
	newest bool   // newest first
	cursor string // "" begins at the end
	from   string // an inclusive lower score; "" is none. Oldest first only.
	until  string // an exclusive upper score; "" is none. Oldest first only.
}

// next reads at most n places. Ids that move meanwhile may be met again later,
// none that stays is missed: the cursor is a place, not a count.
func (w walk) next(ctx context.Context, rdb redis.Cmdable, n int) ([]place, error) {
	args, after, err := w.bounds()
	if err != nil {
		return nil, err
	}
	args.Count = int64(n)
	var out []place
	for {
		got, err := rdb.ZRangeArgsWithScores(ctx, args).Result()
		if err != nil {
			return nil, err
		}
		for _, z := range got {
			if p := placeOf(z); w.cursor == "" || w.beyond(after, p) {
				out = append(out, p)
			}
		}
		if len(got) < n || len(out) >= n {
			return out[:min(len(out), n)], nil
		}
		args.Offset += int64(len(got))
	}
}

// bounds is where the walk begins and ends. It begins with the cursor's own
// millisecond, of which what is not beyond the cursor is left out later.
func (w walk) bounds() (args redis.ZRangeArgs, after place, err error) {
	args = redis.ZRangeArgs{Key: w.key, ByScore: true, Rev: w.newest, Start: "-inf", Stop: "+inf"}
	if w.newest {
		args.Start, args.Stop = "+inf", "-inf"
	}
	if w.from != "" {
		args.Start = w.from
	}
	if w.until != "" {
		args.Stop = "(" + w.until
	}
	if w.cursor != "" {
		after, err = parseCursor(w.cursor)
		args.Start = strconv.FormatInt(after.at, 10)
	}
	return args, after, err
}

// beyond reports whether p comes after q in the direction of the walk.
func (w walk) beyond(q, p place) bool {
	if w.newest {
		return p.before(q)
	}
	return q.before(p)
}

func placeOf(z redis.Z) place {
	id, _ := z.Member.(string)
	return place{at: int64(z.Score), id: id}
}
