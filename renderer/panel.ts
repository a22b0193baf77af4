// Mounts the quick panel, which has a page of its own: it loads no screen of the window.
import { mount } from 'svelte';
import './style/tokens.css';
import './style/base.css';
import './components/components.css';
import './components/blocks.css';
import './app/app.css';
import Panel from './screens/panel/Panel.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('panel.html has no element with the id "app".');

mount(Panel, { target });
