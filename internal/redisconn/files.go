package redisconn

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Files are those that a connection may need beside its address, "" for none.
type Files struct {
	CA               string // certificates in PEM of the authorities that may sign Redis's, instead of the machine's
	Cert, Key        string // this side's certificate and key in PEM, only together
	SentinelPassword string // the sentinels' password, on one line
}

// FileFault is a file that cannot be used.
type FileFault struct {
	// Setting is the file's setting, such as "redis_ca_file".
	Setting string
	Why     string
}

func (f *FileFault) Error() string { return f.Why }

// Settings of the files.
const (
	SettingCA               = "redis_ca_file"
	SettingCert             = "redis_cert_file"
	SettingKey              = "redis_key_file"
	SettingSentinelPassword = "redis_sentinel_password_file"
)

// maxFile is more than any of the files holds.
const maxFile = 1 << 20

// Load reads the files of an address, once. The error is a FileFault: which file, and
// why it cannot be used.
func (a *Address) Load(f Files, now time.Time) error {
	if err := a.loadSentinelPassword(f.SentinelPassword); err != nil {
		return err
	}
	if err := a.wantTLS(f); err != nil {
		return err
	}
	if f.CA != "" {
		pool, err := authorities(f.CA, now)
		if err != nil {
			return err
		}
		a.Options.TLSConfig.RootCAs, a.caFile = pool, f.CA
	}
	if f.Cert != "" {
		cert, err := keyPair(f, now)
		if err != nil {
			return err
		}
		a.Options.TLSConfig.Certificates, a.certFile = []tls.Certificate{cert}, f.Cert
	}
	return nil
}

// wantTLS refuses files that would not be used.
func (a *Address) wantTLS(f Files) error {
	if a.Options.TLSConfig == nil {
		for _, named := range [][2]string{{SettingCA, f.CA}, {SettingCert, f.Cert}, {SettingKey, f.Key}} {
			if named[1] != "" {
				return &FileFault{named[0], named[1] + " is for connections with TLS, and the address of Redis begins without it: write rediss instead of redis in front of it"}
			}
		}
	}
	switch {
	case f.Cert != "" && f.Key == "":
		return &FileFault{SettingCert, f.Cert + " is a certificate without its key: name the file of the key, too"}
	case f.Key != "" && f.Cert == "":
		return &FileFault{SettingKey, f.Key + " is a key without its certificate: name the file of the certificate, too"}
	}
	return nil
}

func (a *Address) loadSentinelPassword(file string) error {
	if file == "" {
		if a.sentinelUser != "" && a.sentinelPassword == "" {
			return &FileFault{SettingSentinelPassword, "the address has a sentinel_username and no password for it: name a file that holds it"}
		}
		return nil
	}
	switch {
	case a.Kind != Sentinel:
		return &FileFault{SettingSentinelPassword, file + " is for sentinels, and the address of Redis leads to none: write redis-sentinel:// in front of it"}
	case a.sentinelPassword != "":
		return &FileFault{SettingSentinelPassword, file + " is named, and the address has a sentinel_password as well: only one of them can hold"}
	}
	text, err := read(SettingSentinelPassword, file)
	if err != nil {
		return err
	}
	if a.sentinelPassword = strings.TrimRight(string(text), "\r\n"); a.sentinelPassword == "" {
		return &FileFault{SettingSentinelPassword, file + " is empty: it holds the sentinels' password"}
	}
	return nil
}

// read reads a file of a setting.
func read(setting, file string) ([]byte, error) {
	f, err := os.Open(file) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, &FileFault{setting, fmt.Sprintf("%s cannot be read: %v", file, reason(err))}
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, &FileFault{setting, fmt.Sprintf("%s cannot be read: %v", file, reason(err))}
	case len(text) > maxFile:
		return nil, &FileFault{setting, fmt.Sprintf("%s is longer than %d bytes", file, maxFile)}
	}
	return text, nil
}

// reason is a file's error without its name.
func reason(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}

// authorities reads the certificates of CAs, of which one at least is good now.
func authorities(file string, now time.Time) (*x509.CertPool, error) {
	text, err := read(SettingCA, file)
	if err != nil {
		return nil, err
	}
	pool, found := x509.NewCertPool(), 0
	var past error
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, &FileFault{SettingCA, fmt.Sprintf("%s holds a certificate that cannot be read: %v", file, err)}
		}
		found++
		if why := timing(cert, now); why != "" {
			past = &FileFault{SettingCA, fmt.Sprintf("the certificate in %s %s", file, why)}
			continue
		}
		pool.AddCert(cert)
	}
	switch {
	case found == 0:
		return nil, &FileFault{SettingCA, file + " holds no certificate in PEM: it begins with -----BEGIN CERTIFICATE-----"}
	case pool.Equal(x509.NewCertPool()):
		return nil, past
	}
	return pool, nil
}

// keyPair reads this side's certificate and key.
func keyPair(f Files, now time.Time) (tls.Certificate, error) {
	certText, err := read(SettingCert, f.Cert)
	if err != nil {
		return tls.Certificate{}, err
	}
	keyText, err := read(SettingKey, f.Key)
	if err != nil {
		return tls.Certificate{}, err
	}
	if block, _ := pem.Decode(certText); block == nil {
		return tls.Certificate{}, &FileFault{SettingCert, f.Cert + " holds no certificate in PEM: it begins with -----BEGIN CERTIFICATE-----"}
	}
	if block, _ := pem.Decode(keyText); block == nil {
		return tls.Certificate{}, &FileFault{SettingKey, f.Key + " holds no key in PEM: it begins with -----BEGIN PRIVATE KEY-----"}
	}
	cert, err := tls.X509KeyPair(certText, keyText)
	if err != nil {
		return tls.Certificate{}, &FileFault{SettingCert, fmt.Sprintf("%s and the key in %s do not go together: %s", f.Cert, f.Key, strings.TrimPrefix(err.Error(), "tls: "))}
	}
	if why := timing(cert.Leaf, now); why != "" {
		return tls.Certificate{}, &FileFault{SettingCert, fmt.Sprintf("the certificate in %s %s", f.Cert, why)}
	}
	return cert, nil
}

// timing is why a certificate is not good now, "" if it is.
func timing(c *x509.Certificate, now time.Time) string {
	const form = "2006-01-02 15:04 MST"
	switch {
	case now.After(c.NotAfter):
		return "has expired on " + c.NotAfter.UTC().Format(form)
	case now.Before(c.NotBefore):
		return "is not valid before " + c.NotBefore.UTC().Format(form)
	}
	return ""
}
