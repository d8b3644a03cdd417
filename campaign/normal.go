package campaign

import "strings"

// Normal is the campaign in one spelling of what it asks for: times are in UTC,
// and a window has single spaces, or is empty where it is always open.
func (c Campaign) Normal() Campaign {
	c.SendAt, c.NotBefore, c.ExpiresAt = c.SendAt.UTC(), c.NotBefore.UTC(), c.ExpiresAt.UTC()
	c.Window = strings.Join(strings.Fields(c.Window), " ")
	if strings.EqualFold(c.Window, WindowOff) {
		c.Window = ""
	}
	return c
}
