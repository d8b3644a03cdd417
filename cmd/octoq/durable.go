package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/durability"
)

// durableOnDisk is what --durable means without a value.
const durableOnDisk = "disk"

// durableTarget reads the setting durable; without it nothing is waited for.
func durableTarget(text string) (durability.Target, error) {
	var want durability.Target
	if text == "" {
		return want, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		number, replicas := strings.CutPrefix(strings.TrimSpace(part), "replicas:")
		n, err := strconv.Atoi(number)
		switch {
		case !replicas && number == durableOnDisk:
			want.Disk = true
		case replicas && err == nil && n > 0:
			want.Replicas = n
		default:
			return want, usagef("durable (OCTOQ_DURABLE) is %q: want disk, replicas:2, or disk,replicas:2", text)
		}
	}
	return want, nil
}

// durableOption is the setting durable for campaigns.
func durableOption(text string) ([]enqueue.Option, error) {
	want, err := durableTarget(text)
	if err != nil || want == (durability.Target{}) {
		return nil, err
	}
	var wanted []enqueue.DurableOption
	if want.Disk {
		wanted = append(wanted, enqueue.OnDisk())
	}
	if want.Replicas > 0 {
		wanted = append(wanted, enqueue.OnReplicas(want.Replicas))
	}
	return []enqueue.Option{enqueue.Durable(wanted...)}, nil
}

// durableRevocation is the setting durable for what takes rights away, which waits for
// the disk unless the setting says otherwise.
func durableRevocation(text string) (durability.Target, error) {
	const within = 5 * time.Second
	want, err := durableTarget(text)
	if want == (durability.Target{}) {
		want.Disk = true
	}
	want.Within = within
	return want, err
}
