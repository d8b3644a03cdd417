package oidc

import (
	"crypto/subtle"

	"golang.org/x/oauth2"

	"github.com/octoq/octoq/internal/random"
)

// Trip is one way of a browser to the provider and back. The browser keeps it meanwhile.
type Trip struct {
	// State ties the way back to the browser that left.
	State string
	// Nonce ties the ID token to it.
	Nonce string
	// Verifier proves that the holder of the code also began the trip (PKCE).
	Verifier string
}

// NewTrip makes a trip that cannot be guessed.
func NewTrip() Trip {
	return Trip{State: random.Token(), Nonce: random.Token(), Verifier: oauth2.GenerateVerifier()}
}

// Is reports whether a browser that came back with a state is on this trip.
func (t Trip) Is(state string) bool { return t.State != "" && sameText(t.State, state) }

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
