package access

// Occupy takes all places until held is closed.
func Occupy(p *Passwords, held <-chan struct{}) {
	for range passwordsAtOnce {
		p.places <- struct{}{}
	}
	go func() {
		<-held
		for range passwordsAtOnce {
			<-p.places
		}
	}()
}
