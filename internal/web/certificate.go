package web

import (
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Certificate is TLS with the certificate and key of two files (PEM), which are read again
// when they have changed. If they cannot be used then, the earlier ones stay, and the log
// says so. It fails if they cannot be used now.
func Certificate(certFile, keyFile string, log zerolog.Logger) (*tls.Config, error) {
	if certFile == "" || keyFile == "" {
		return nil, errors.New("a certificate and its key go together")
	}
	p := &pair{cert: certFile, key: keyFile, log: log}
	if err := p.load(); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.current(), nil },
	}, nil
}

// pair is a certificate and its key, as they were read last.
type pair struct {
	cert, key string
	log       zerolog.Logger

	mu     sync.Mutex
	loaded *tls.Certificate
	seen   [2]time.Time // when the files had been changed
}

// current is the certificate of the files.
func (p *pair) current() *tls.Certificate {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seen := p.changed(); seen != p.seen {
		if err := p.load(); err != nil {
			p.log.Error().Err(err).Msg("the changed certificate cannot be used; the earlier one stays")
		}
		p.seen = seen // once for each change
	}
	return p.loaded
}

func (p *pair) load() error {
	p.seen = p.changed()
	loaded, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		return fmt.Errorf("read the certificate of the web pages from %s and %s: %w", p.cert, p.key, err)
	}
	p.loaded = &loaded
	return nil
}

// changed is when the files were changed; zero for what cannot be looked at.
func (p *pair) changed() (at [2]time.Time) {
	for i, name := range []string{p.cert, p.key} {
		if info, err := os.Stat(name); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}
