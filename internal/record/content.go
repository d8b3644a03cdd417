package record

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/content"
)

// ValidateQueued is campaign.Campaign.Validate for a campaign that is in the queue
// already. An earlier octoq accepted times that contradict send_at, and those
// campaigns go on as they did.
func ValidateQueued(c campaign.Campaign) error {
	invalid, ok := errors.AsType[*campaign.ValidationError](c.Validate())
	if !ok {
		return nil
	}
	// What remains without send_at, or without the times that it may contradict, is
	// no contradiction between them.
	unsent, sent := c, c
	unsent.SendAt = time.Time{}
	sent.NotBefore, sent.ExpiresAt = time.Time{}, time.Time{}
	remaining := append(faultsOf(unsent), faultsOf(sent)...)
	invalid.Faults = slices.DeleteFunc(invalid.Faults, func(f campaign.Fault) bool { return !slices.Contains(remaining, f) })
	if len(invalid.Faults) == 0 {
		return nil
	}
	return invalid
}

func faultsOf(c campaign.Campaign) []campaign.Fault {
	if invalid, ok := errors.AsType[*campaign.ValidationError](c.Validate()); ok {
		return invalid.Faults
	}
	return nil
}

// differences lists the fields, id and account aside, in which two campaigns differ.
func differences(c, other campaign.Campaign) []string {
	var names []string
	for f := range reflect.TypeFor[campaign.Campaign]().Fields() {
		changed := c
		reflect.ValueOf(&changed).Elem().FieldByIndex(f.Index).Set(reflect.ValueOf(other).FieldByIndex(f.Index))
		if !content.Same(c, changed) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	return names
}
