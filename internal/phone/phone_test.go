package phone_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/octoq/octoq/internal/phone"
)

func TestOneNumberInManyForms(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"+33612345678": "+33612345678", "33612345678": "+33612345678", "0033612345678": "+33612345678", " +33 6 12.34-56 (78) ": "+33612345678",
		"+33\u00a0612345678": "+33612345678", "0612345678": "0612345678", "": "", "Octopush": "Octopush", "+12": "+12", "1234567890123456": "1234567890123456",
		strings.Repeat("9", 100): strings.Repeat("9", 32), strings.Repeat("é", 40): strings.Repeat("é", 16), "x" + strings.Repeat("é", 40): "x" + strings.Repeat("é", 15),
	} {
		if got := phone.Normal(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestOnlyInternationalNumbersAreValid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"+33612345678": true, "0033 6 12 34 56 78": true, "33612345678": true,
		"0612345678": false, "": false, "+": false, "+0612345678": false, "+12345": false, "+1234567890123456": false, "+33 6 1234 56 7x": false, "+٣٣٦١٢٣٤٥٦٧٨": false,
	} {
		if number, got := phone.International(text); got != want || number != phone.Normal(text) {
			t.Errorf("%q: got %q, %t, want %q, %t", text, number, got, phone.Normal(text), want)
		}
	}
}

func TestAHasherHidesNumbers(t *testing.T) {
	t.Parallel()
	const secret = "a secret of sixteen bytes and more"
	one, err := phone.NewHasher(secret)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := phone.NewHasher(secret)
	other, _ := phone.NewHasher(secret + "!")
	const number = "+33612345678"
	if got := one.Hash(number); got != again.Hash(number) || len(got) != phone.HashSize {
		t.Errorf("got %q and %q of one key, want the same 16 digits", got, again.Hash(number))
	}
	if one.Hash(number) == other.Hash(number) || one.Fingerprint() == other.Fingerprint() {
		t.Error("two keys give one hash")
	}
	if one.Hash(number) == one.Sign(number) {
		t.Error("a text has the hash of a number")
	}
	if text := fmt.Sprintf("%v %+v %#v", one, one, one); strings.Contains(text, secret) {
		t.Errorf("a hasher prints itself: %s", text)
	}
	if _, err := phone.NewHasher("short"); err == nil {
		t.Error("a key of 5 bytes: got none, want an error")
	}
	if none, err := phone.NewHasher(""); err != nil || none.Set() {
		t.Errorf("no secret: got %v, %v, want no key", none, err)
	}
}
