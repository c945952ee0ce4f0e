// What is wider than the page is scrolled by keyboard too: it can be reached with Tab as long as it is wider.
(() => {
  const WIDE =
    'pre, .tex-display, .output.text_html, figure.chart, .pst-scrollable-table-container, .table-wrapper';
  const look = () => {
    for (const element of document.querySelectorAll(WIDE)) {
      if (element.scrollWidth > element.clientWidth + 1) {
        element.tabIndex = 0;
        if (!element.hasAttribute('role')) element.setAttribute('role', 'group');
        if (!element.hasAttribute('aria-label'))
          element.setAttribute('aria-label', 'wider than the page: scroll');
      } else if (element.getAttribute('aria-label') === 'wider than the page: scroll') {
        element.removeAttribute('tabindex');
        element.removeAttribute('role');
        element.removeAttribute('aria-label');
      }
    }
  };
  look();
  addEventListener('resize', look);
  addEventListener('chart-drawn', look);
})();
