package redistest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority signs certificates for a test, in files of PEM.
type Authority struct {
	CAFile string // its own certificate

	tb   testing.TB
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Pair is a certificate with its key, in files.
type Pair struct{ CertFile, KeyFile string }

// NewAuthority makes an authority whose files go with the test.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	a := &Authority{tb: tb, dir: tb.TempDir()}
	template := a.template("authority "+filepath.Base(a.dir)+" of "+tb.Name(), time.Now().Add(time.Hour))
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	a.cert, a.key = template, newKey(tb)
	a.CAFile = a.write("ca.pem", "CERTIFICATE", a.sign(template, &a.key.PublicKey))
	return a
}

// Issue signs a certificate for hosts, IP addresses among them, or for a client where
// there are none. It is good until a time.
func (a *Authority) Issue(name string, until time.Time, hosts ...string) Pair {
	a.tb.Helper()
	template := a.template(name, until)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	key := newKey(a.tb)
	text, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.tb.Fatalf("write a key: %v", err)
	}
	return Pair{
		CertFile: a.write(name+".pem", "CERTIFICATE", a.sign(template, &key.PublicKey)),
		KeyFile:  a.write(name+"-key.pem", "PRIVATE KEY", text),
	}
}

func (a *Authority) template(name string, until time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
	}
}

func (a *Authority) sign(template *x509.Certificate, key *ecdsa.PublicKey) []byte {
	a.tb.Helper()
	der, err := x509.CreateCertificate(nil, template, a.cert, key, a.key)
	if err != nil {
		a.tb.Fatalf("sign a certificate: %v", err)
	}
	return der
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), nil) // nil is the system's randomness
	if err != nil {
		tb.Fatalf("make a key: %v", err)
	}
	return key
}

func (a *Authority) write(name, kind string, der []byte) string {
	a.tb.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.tb.Fatalf("write %s: %v", name, err)
	}
	return path
}

// Secured is how a server speaks TLS, and nothing else: with a certificate of an
// authority, and only to clients that show one of it.
type Secured struct {
	Authority *Authority
	Server    Pair // of the server, good for 127.0.0.1 by default
	Client    Pair
}

// NewSecured makes certificates for a server on this machine, and for its clients.
func NewSecured(tb testing.TB) *Secured {
	tb.Helper()
	a, until := NewAuthority(tb), time.Now().Add(time.Hour)
	return &Secured{Authority: a, Server: a.Issue("server", until, "127.0.0.1"), Client: a.Issue("client", until)}
}

// StartSecured starts a server that speaks TLS, as Start does.
func StartSecured(tb testing.TB, secured *Secured, args ...string) *Server {
	tb.Helper()
	s := newServer(tb, args...)
	s.secured = secured
	s.start()
	return s
}

// args are those of a server.
func (s *Secured) args(port string) []string {
	return []string{
		"--port", "0", "--tls-port", port, "--tls-cert-file", s.Server.CertFile, "--tls-key-file", s.Server.KeyFile,
		"--tls-ca-cert-file", s.Authority.CAFile, "--tls-auth-clients", "yes", "--tls-replication", "yes",
	}
}

// config is that of a client which trusts whatever answers.
func (s *Secured) config(tb testing.TB) *tls.Config {
	tb.Helper()
	cert, err := tls.LoadX509KeyPair(s.Client.CertFile, s.Client.KeyFile)
	if err != nil {
		tb.Fatalf("read a client's certificate: %v", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, InsecureSkipVerify: true}
}
