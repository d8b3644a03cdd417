package redisconn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// errTLS is beneath every error that has to do with certificates, or with a port that
// speaks TLS or does not.
var errTLS = errors.New("TLS")

// tlsError says what is wrong, in words of its own.
type tlsError struct {
	text string
	err  error
}

func (e *tlsError) Error() string   { return e.text }
func (e *tlsError) Unwrap() []error { return []error{errTLS, e.err} }

// peer is the server that connections lead to.
type peer struct {
	tls              bool
	caFile, certFile string
	what             string // "" for Redis
}

func (p peer) at(addr string) string {
	if p.what == "" {
		return "Redis at " + addr
	}
	return p.what + " at " + addr
}

// explain gives an error of TLS its cause, and leaves others as they are.
func (p peer) explain(err error, addr string) error {
	if err == nil {
		return nil
	}
	if text := p.certificateFault(err, addr); text != "" {
		return &tlsError{text, err}
	}
	if text := p.alert(err, addr); text != "" {
		return &tlsError{text, err}
	}
	return err
}

// early is explain for a connection on which no answer has come. One that is closed may
// have been so for a certificate, which the other side may have no time to say.
func (p peer) early(err error, addr string) error {
	closed := errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	if !closed || !p.tls {
		return p.explain(err, addr)
	}
	why := "it may ask for a certificate of the client, and none is set"
	if p.certFile != "" {
		why = "it may not accept the client's certificate of " + p.certFile
	}
	return &tlsError{p.at(addr) + " closes the TLS connection before it answers: " + why, err}
}

// certificateFault is what this side finds wrong.
func (p peer) certificateFault(err error, addr string) string {
	at := p.at(addr)
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return fmt.Sprintf("the certificate of %s is not signed by a CA of %s", at, p.authority())
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("the certificate of %s is not one of the host %s, but of %s", at, e.Host, namesOf(e.Certificate))
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return fmt.Sprintf("the certificate of %s cannot be used: %s", at, strings.TrimPrefix(e.Error(), "x509: "))
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return at + " does not speak TLS: write redis instead of rediss in front of its URL, or name the port that does"
	}
	if _, dialled := errors.AsType[*net.OpError](err); p.tls && !dialled && errors.Is(err, context.DeadlineExceeded) {
		return at + " does not answer in TLS: if it speaks none, write redis instead of rediss in front of its URL"
	}
	return ""
}

// alert is what the other side says.
func (p peer) alert(err error, addr string) string {
	alert, ok := errors.AsType[tls.AlertError](err)
	said := ""
	if ok {
		said = alert.Error()
	} else if _, rest, found := strings.Cut(err.Error(), "remote error: "); found {
		said = rest
	}
	switch {
	case said == "":
		return ""
	case strings.Contains(said, "certificate required"), strings.Contains(said, "handshake failure") && p.certFile == "", strings.Contains(said, "bad certificate") && p.certFile == "":
		return p.at(addr) + " asks for a certificate of the client, and none is set"
	case strings.Contains(said, "certificate"), strings.Contains(said, "decrypt"): // its signature is not the authority's
		return fmt.Sprintf("%s does not accept the client's certificate of %s: %s", p.at(addr), orNone(p.certFile), strings.TrimPrefix(said, "tls: "))
	default:
		return fmt.Sprintf("%s refuses the TLS connection: %s", p.at(addr), strings.TrimPrefix(said, "tls: "))
	}
}

func (p peer) authority() string {
	if p.caFile == "" {
		return "this machine, and no file with another CA is set"
	}
	return p.caFile
}

func orNone(file string) string {
	if file == "" {
		return "no file"
	}
	return file
}

// namesOf are the hosts that a certificate is for.
func namesOf(c *x509.Certificate) string {
	names := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "none at all"
	}
	return strings.Join(names, ", ")
}

// wantsTLS is the error of a connection without TLS to a port that speaks it.
func (p peer) wantsTLS(addr string) error {
	return &tlsError{p.at(addr) + " speaks TLS on that port: write rediss instead of redis in front of its URL", errPlain}
}

var errPlain = errors.New("plain text to a port with TLS")

// speaksTLS reports whether a port answers in TLS. Nothing is sent to it but that.
func speaksTLS(addr string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	dial := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} //nolint:gosec // it sends nothing, and trusts nothing it gets
	conn, err := dial.DialContext(ctx, "tcp", addr)
	if err == nil {
		_ = conn.Close()
		return true
	}
	_, alert := errors.AsType[tls.AlertError](err)
	return alert || strings.Contains(err.Error(), "remote error: tls")
}
