// A plain script, so that it runs before anything is drawn: the theme chosen here, else the
// system's.
document.documentElement.dataset.theme = localStorage.getItem('rollcall-theme') ??
  (window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
