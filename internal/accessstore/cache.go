package accessstore

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/octoq/octoq/internal/access"
)

const (
	// maxAge is how old an answer of a DirectoryCache may be.
	maxAge = 5 * time.Second
	// loadTimeout is how long one look at Redis may take.
	loadTimeout = 2 * time.Second
)

// DirectoryCache answers what callers may do for many requests, from what Redis said within the last 5
// seconds. It may be used by many goroutines at once.
type DirectoryCache struct {
	load func(context.Context) (access.Directory, error)

	mu        sync.Mutex
	directory access.Directory
	asked     time.Time // when the directory was asked for; zero if there is none
	loading   *look
}

// look is one way to Redis, which many may wait for.
type look struct {
	done      chan struct{}
	directory access.Directory
	err       error
}

// NewDirectoryCache makes a DirectoryCache over a store.
func NewDirectoryCache(s *Store) *DirectoryCache { return &DirectoryCache{load: s.Load} }

// Directory is all users and tokens. The error is ErrUnavailable.
func (c *DirectoryCache) Directory(ctx context.Context) (access.Directory, error) {
	c.mu.Lock()
	age := time.Since(c.asked)
	if c.loading == nil && age > maxAge/2 {
		c.loading = c.start(context.WithoutCancel(ctx))
	}
	directory, l := c.directory, c.loading
	c.mu.Unlock()
	if age < maxAge {
		return directory, nil
	}
	select {
	case <-l.done:
		return l.directory, l.err
	case <-ctx.Done():
		return access.Directory{}, fmt.Errorf("%w: %w", ErrUnavailable, context.Cause(ctx))
	}
}

// start looks at Redis for all that wait, and ends within two seconds.
func (c *DirectoryCache) start(ctx context.Context) *look {
	l := &look{done: make(chan struct{})}
	asked := time.Now()
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	go func() {
		defer cancel()
		defer close(l.done)
		l.directory, l.err = c.load(ctx)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.loading != l {
			return // forgotten meanwhile
		}
		c.loading = nil
		if l.err == nil {
			c.directory, c.asked = l.directory, asked
		}
	}()
	return l
}

// Forget has the next request ask Redis: this process has made a change.
func (c *DirectoryCache) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked, c.loading = time.Time{}, nil
}
