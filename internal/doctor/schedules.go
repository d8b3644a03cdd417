package doctor

// Schedule warns of a recurring campaign: that it cannot be read by this octoq,
// or that its expression ticks otherwise than it reads. Nothing is found where
// both texts are empty.
func Schedule(account, name, unreadable, unlike string) []Finding {
	var f Finding
	switch {
	case unreadable != "":
		f = warning(CheckSchedules, "schedule "+name+" cannot be read: "+unreadable,
			"Workers of this version do not enqueue its ticks: replace it by octoq schedule add "+name+" --account "+account+" --replace …, or update octoq.")
	case unlike != "":
		f = warning(CheckSchedules, "schedule "+name+" goes on ticking as it did, but would be refused by now: "+unlike,
			"See its next ticks by octoq schedule ls --account "+account+"; if they are not meant, replace it by octoq schedule add "+name+" --account "+account+" --replace ….")
	default:
		return nil
	}
	f.Account = account
	return []Finding{f}
}

// SchedulesUnknown is the finding where they could not be looked at.
func SchedulesUnknown(err error) Finding {
	return warning(CheckSchedules, "octoq cannot see the schedules: "+err.Error(), "Compare them by octoq schedule ls.")
}
