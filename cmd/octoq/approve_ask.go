package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/spf13/cobra"

	"github.com/octoq/octoq/campaign"
	"github.com/octoq/octoq/internal/localuser"
	"github.com/octoq/octoq/internal/record"
)

// askApproval shows a campaign on the terminal and asks whether it is approved.
// Without a terminal it says which flags to give instead. It does not ask again
// for what is approved already. Warnings are shown with it.
func askApproval(ctx context.Context, c *cobra.Command, r campaign.Record, warnings []string) (campaign.Approval, error) {
	known := record.Record{Record: r}
	if cover := r.Cover; r.Approved && cover != nil && known.Uncovered() == "" {
		return campaign.Approval{UpTo: &cover.Cost, Contacts: cover.Contacts, Content: cover.Content}, nil
	}
	// Do not ask where the state forbids any approval.
	if _, _, err := known.Approve(localuser.Name(), campaign.UpTo(math.MaxInt64)); err != nil {
		return campaign.Approval{}, err
	}
	switch {
	case !r.Priced():
		return campaign.Approval{}, usagef("campaign %s has no price yet: give the most that it may cost, such as --up-to 25.00, or wait until it is priced and give --cost", r.ID())
	case jsonWanted(c), !isTerminal(c.InOrStdin()), !isTerminal(c.OutOrStdout()):
		return campaign.Approval{}, usagef("campaign %s costs %s for %d contacts now, and there is no terminal to ask on: give --cost %s --contacts %d, or --up-to with the most that it may cost",
			r.ID(), r.Cost, r.Contacts, decimal(r.Cost), r.Contacts)
	}
	return prompt(ctx, c.InOrStdin(), c.OutOrStdout(), r, warnings)
}

// prompt shows what there is to approve and reads the answer.
func prompt(ctx context.Context, in io.Reader, out io.Writer, r campaign.Record, warnings []string) (campaign.Approval, error) {
	t := newRows(out)
	row := t.set
	row("campaign", r.Account()+"/"+r.ID())
	row("for", audience(r.Campaign))
	row("priced", r.Price())
	row("why", r.Waiting)
	contentRows(row, r.Campaign)
	for _, w := range warnings {
		row("warning", w)
	}
	if err := t.flush(); err != nil {
		return campaign.Approval{}, err
	}
	if _, err := fmt.Fprintf(out, "Approve %s for %d contacts? [y/N] ", r.Cost, r.Contacts); err != nil {
		return campaign.Approval{}, err
	}
	answer, err := readAnswer(ctx, in)
	if err != nil {
		return campaign.Approval{}, err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return record.AsShown(r), nil
	default:
		return campaign.Approval{}, &codeError{code: exitFailed, text: "campaign " + r.ID() + " is not approved"}
	}
}

// readAnswer reads a line, until ctx ends; a read of a terminal cannot be
// stopped, and ends with the process.
func readAnswer(ctx context.Context, in io.Reader) (string, error) {
	const longest = 1 << 10
	answers := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(io.LimitReader(in, longest)).ReadString('\n')
		answers <- line
	}()
	select {
	case line := <-answers:
		return line, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
