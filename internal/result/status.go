package result

import (
	"strings"
)

// DeliveryStatus is what became of one message, in Octopush's words.
type DeliveryStatus string

// The words that are known (doc). Any other is pending.
const (
	Ack             DeliveryStatus = "ACK"
	Undefined       DeliveryStatus = "UNDEFINED"
	UnknownDelivery DeliveryStatus = "UNKNOWN_DELIVERY"
	NotAllowed      DeliveryStatus = "NOT_ALLOWED"
	BadDestination  DeliveryStatus = "BAD_DESTINATION"
	Blacklisted     DeliveryStatus = "BLACKLISTED_NUMBER"
	NotDelivered    DeliveryStatus = "NOT_DELIVERED"
	Delivered       DeliveryStatus = "DELIVERED"
	Read            DeliveryStatus = "READ"
)

// longestStatus bounds a word in bytes.
const longestStatus = 32

// ParseStatus reads a word however it is written: in lower case, with spaces or hyphens
// for underscores. It reports false for what is no word.
func ParseStatus(text string) (DeliveryStatus, bool) {
	word := strings.Map(func(c rune) rune {
		switch {
		case c == ' ' || c == '-':
			return '_'
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		}
		return c
	}, strings.TrimSpace(text))
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	if word == "" || len(word) > longestStatus || strings.Trim(word, letters) != "" {
		return "", false
	}
	return DeliveryStatus(word), true
}

// Final reports whether nothing else is to come, but that a delivered message is read.
func (s DeliveryStatus) Final() bool { return s.Code() >= codeFinal }

// Delivered reports whether the message has arrived.
func (s DeliveryStatus) Delivered() bool { return s == Delivered || s == Read }

// codeFinal is the first code of a final word.
const codeFinal = 16

// Code numbers the known words; 0 is a word that is not known. Of two reports of one
// number the one with the higher code counts, if both are final or neither is, and they
// are of the same second. A message that was read was delivered, whatever the seconds.
func (s DeliveryStatus) Code() int {
	switch s {
	case UnknownDelivery:
		return 1
	case Undefined:
		return 2
	case Ack:
		return 3
	case NotAllowed:
		return codeFinal
	case BadDestination:
		return codeFinal + 1
	case Blacklisted:
		return codeFinal + 2
	case NotDelivered:
		return codeFinal + 3
	case Delivered:
		return codeFinal + 4
	case Read:
		return CodeRead
	default:
		return 0
	}
}

// CodeRead is the code of a message that was read.
const CodeRead = codeFinal + 5

// FirstUnknownCode is the first of the codes that a ticket's reports may give to words
// that are not known: they are pending.
const FirstUnknownCode = 128

// Statuses are the words that are known.
func Statuses() []DeliveryStatus {
	return []DeliveryStatus{UnknownDelivery, Undefined, Ack, NotAllowed, BadDestination, Blacklisted, NotDelivered, Delivered, Read}
}
