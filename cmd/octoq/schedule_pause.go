package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/enqueue"
	"github.com/octoq/octoq/internal/admin"
)

func newSchedulePause() *cobra.Command {
	return pauseCommand("pause", "keep a recurring campaign from ticking",
		"A paused schedule has no ticks until it is resumed. Those that pass meanwhile are missed\n"+
			"by its own rule (--missed): skip drops them, once enqueues the latest of them then.", true)
}

func newScheduleResume() *cobra.Command {
	return pauseCommand("resume", "let a paused recurring campaign go on", "Lets a paused schedule tick again.", false)
}

func pauseCommand(name, short, long string, paused bool) *cobra.Command {
	c := &cobra.Command{
		Use: name + " NAME", Short: short, Args: exactArgs(1, "the schedule's name"), Long: long + "\n\n" + exitHelp,
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				s, err := d.PauseSchedule(ctx, accountFlag(c), args[0], paused)
				if err != nil {
					return err
				}
				return printDone(c, s, "schedule %s/%s is %sd\n", s.Account, s.Name, name)
			})
		},
	}
	addTarget(c)
	return c
}

func newScheduleRun() *cobra.Command {
	c := &cobra.Command{
		Use: "run NAME", Short: "enqueue a recurring campaign now", Args: exactArgs(1, "the schedule's name"),
		Long: "Enqueues the campaign of this moment, besides the schedule's ticks, which go on as they\ndid; a paused schedule can be run, too.\n\n" + exitHelp,
		RunE: func(c *cobra.Command, args []string) error {
			return withDesk(c, func(ctx context.Context, d *admin.Service) error {
				item, err := d.TickNow(ctx, accountFlag(c), args[0], "")
				if err != nil {
					return err
				}
				return withClient(c, func(ctx context.Context, client *enqueue.Client) error {
					receipt, err := client.Enqueue(ctx, item)
					if err != nil {
						return err
					}
					return printDone(c, receipt, "campaign %s is enqueued\n", receipt.ID)
				})
			})
		},
	}
	addTarget(c)
	return c
}
